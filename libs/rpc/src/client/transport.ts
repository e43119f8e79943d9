import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { createMethodUrl } from '@connectrpc/connect/protocol';
import type { CallOptions, Client, Metadata } from '@grpc/grpc-js';
import { remainingOf, requestIdFor } from '../call';
import { REQUEST_ID_HEADER } from '../request-id';
import { metadataOf } from './metadata';
import { callStreaming, callUnary, type Invocation } from './invoke';

/** What callers may give as headers. */
type HeadersGiven = ConstructorParameters<typeof Headers>[0];

export interface TransportOptions {
  readonly client: Client;
  /** Sent with every call unless the call has its own. */
  readonly header: Readonly<Record<string, string>>;
  /** For calls that name no timeout. */
  readonly defaultTimeoutMs: number;
}

/**
 * Connect's clients over a grpc-js channel: unary and server-streaming calls. A call made with a handler's signal ends
 * no later than that handler's own call, and has its x-request-id. Errors are ConnectErrors with the details that the
 * server sent.
 */
export function grpcTransport(options: TransportOptions): Transport {
  return {
    async unary(method, signal, timeoutMs, header, message) {
      const invocation = prepare(options, method, signal, timeoutMs, header, message);
      const answer = await callUnary(options.client, invocation);
      return { stream: false, service: method.parent, method, ...answer };
    },
    async stream(method, signal, timeoutMs, header, input) {
      if (method.methodKind !== 'server_streaming') {
        throw new ConnectError(`${method.methodKind} is not made for this`, Code.Unimplemented);
      }
      const message = await only(input);
      const invocation = prepare(options, method, signal, timeoutMs, header, message);
      const answer = await callStreaming(options.client, invocation);
      return { stream: true, service: method.parent, method, ...answer };
    },
  };
}

function prepare<I extends DescMessage, O extends DescMessage>(
  options: TransportOptions,
  method: DescMethod & { readonly input: I; readonly output: O },
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  header: HeadersGiven,
  message: MessageInitShape<I>,
): Invocation<MessageShape<I>, MessageShape<O>> {
  const limitMs = Math.min(timeoutMs ?? options.defaultTimeoutMs, remainingOf(signal) ?? Infinity);
  return {
    path: createMethodUrl('/', method),
    serialize: (value) => Buffer.from(toBinary(method.input, value)),
    deserialize: (bytes) => fromBinary(method.output, bytes),
    message: create(method.input, message),
    metadata: metadataWith({ ...options.header, ...nameOf(signal) }, header),
    options: callOptions(limitMs),
    signal,
  };
}

/** The call goes by the name of the one that it is made for, so that the logs of both can be laid together. */
function nameOf(signal: AbortSignal | undefined): Record<string, string> {
  const requestId = requestIdFor(signal);
  return requestId === undefined ? {} : { [REQUEST_ID_HEADER]: requestId };
}

/** A timeout of infinity is a call without a deadline. */
function callOptions(limitMs: number): CallOptions {
  return { deadline: Number.isFinite(limitMs) ? Date.now() + limitMs : Infinity };
}

function metadataWith(defaults: Readonly<Record<string, string>>, given: HeadersGiven): Metadata {
  const headers = new Headers(defaults);
  new Headers(given).forEach((value, key) => headers.set(key, value));
  return metadataOf(headers);
}

async function only<T>(messages: AsyncIterable<T>): Promise<T> {
  for await (const message of messages) return message;
  throw new ConnectError('a call without a message', Code.Internal);
}
