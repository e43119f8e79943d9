import { once } from 'node:events';
import { ConnectError } from '@connectrpc/connect';
import type {
  CallOptions,
  Client,
  ClientReadableStream,
  Metadata,
  ServiceError,
  StatusObject,
} from '@grpc/grpc-js';
import { answerOfAbort } from '../errors/answer';
import { markRemote } from '../errors/remote';
import { headersOf } from './metadata';
import { remoteError } from './remote-error';

/** All that grpc-js needs for a call. */
export interface Invocation<I, O> {
  readonly path: string;
  readonly serialize: (message: I) => Buffer;
  readonly deserialize: (bytes: Buffer) => O;
  readonly message: I;
  readonly metadata: Metadata;
  readonly options: CallOptions;
  readonly signal: AbortSignal | undefined;
}

/** An answer with the headers before and after it. Those after a stream are complete when it ends. */
export interface Answer<T> {
  readonly message: T;
  readonly header: Headers;
  readonly trailer: Headers;
}

/** Calls a method with one answer. Rejects with a remote ConnectError. */
export function callUnary<I, O>(client: Client, invocation: Invocation<I, O>): Promise<Answer<O>> {
  const { path, serialize, deserialize, message, metadata, options, signal } = invocation;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    let header = new Headers();
    let answer: O | undefined;
    let failure: ServiceError | null = null;
    const call = client.makeUnaryRequest(
      path,
      serialize,
      deserialize,
      message,
      metadata,
      options,
      (error, value) => {
        failure = error;
        answer = value;
      },
    );
    const forget = cancelOn(signal, call);
    call.on('metadata', (received: Metadata) => (header = headersOf(received)));
    // The last event of a call, after the callback.
    call.on('status', (status: StatusObject) => {
      forget();
      if (signal?.aborted) return reject(aborted(signal));
      if (failure !== null || answer === undefined) return reject(remoteError(failure ?? status));
      resolve({ message: answer, header, trailer: headersOf(status.metadata) });
    });
  });
}

/** Calls a method with a stream of answers, and resolves when its headers have come. */
export async function callStreaming<I, O>(
  client: Client,
  invocation: Invocation<I, O>,
): Promise<Answer<AsyncIterable<O>>> {
  const { path, serialize, deserialize, message, metadata, options, signal } = invocation;
  if (signal?.aborted) throw aborted(signal);
  const call = client.makeServerStreamRequest(
    path,
    serialize,
    deserialize,
    message,
    metadata,
    options,
  );
  const forget = cancelOn(signal, call);
  const trailer = new Headers();
  const ended = new Promise<void>((resolve) => {
    call.once('status', (status: StatusObject) => {
      forget();
      headersOf(status.metadata).forEach((value, key) => trailer.append(key, value));
      resolve();
    });
  });
  let failure: Error | undefined;
  call.on('error', (error: Error) => (failure ??= error));
  const first = await Promise.race([once(call, 'metadata'), ended]).catch(() => undefined);
  const failed = (): ConnectError | undefined =>
    failure && (signal?.aborted ? aborted(signal) : remoteError(failure));
  const error = failed();
  if (error !== undefined) throw error;
  const header = first instanceof Array ? headersOf(first[0] as Metadata) : new Headers();
  return { message: messagesOf(call, ended, failed), header, trailer };
}

/** Connect's clients never tell when a reader leaves the loop: only the signal or the deadline ends the call then. */
async function* messagesOf<O>(
  call: ClientReadableStream<O>,
  ended: Promise<void>,
  failed: () => ConnectError | undefined,
): AsyncGenerator<O> {
  try {
    for await (const message of call) yield message as O;
    await ended;
  } catch (error) {
    throw failed() ?? remoteError(error);
  }
  // An error that came before the loop began ends it like a stream that is complete.
  const error = failed();
  if (error !== undefined) throw error;
}

/** Cancels `call` when `signal` is aborted; returns what makes it forget the signal. */
function cancelOn(signal: AbortSignal | undefined, call: { cancel(): void }): () => void {
  const cancel = (): void => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => signal?.removeEventListener('abort', cancel);
}

function aborted(signal: AbortSignal): ConnectError {
  return markRemote(answerOfAbort(signal.reason));
}
