import http2, { type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import type { Writable } from 'node:stream';
import { unavailable } from '@billingrails/errors';
import { endAfterAnswer, isGrpc, sendHeadersAlone, type PassedCall } from '@billingrails/rpc';
import type { Outcome } from '../metrics';
import { answerHeaders, requestHeaders } from './headers';
import type { Attempt, Replica } from './replica';
import type { ServiceReplicas } from './service-replicas';

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_FLAG_END_STREAM } = http2.constants;

/** How long replicas may be tried one after the other before the caller is told that none is there. */
const TRIES_MS_MAX = 2_500;
/** What is kept of a request so that another replica can be given it; what has sent more has one try. */
const KEPT_BYTES_MAX = 256 * 1024;
/** When callers are told to try again, in milliseconds. */
const RETRY_MS = 1_000;

export interface PassingOptions {
  readonly service: ServiceReplicas;
  readonly onEnd: (outcome: Outcome) => void;
  readonly onRetry: () => void;
}

/** Gives a call to a replica of its service, and the answer to the caller, byte by byte as they come. */
export function passCall(call: PassedCall, options: PassingOptions): void {
  new Passing(call, options).begin();
}

class Passing {
  readonly #untried: Iterator<Replica>;
  readonly #hasBody: boolean;
  #attempt: Attempt | undefined;
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #isWhole = false;
  #state: 'asking' | 'answering' | 'over' = 'asking';

  constructor(
    private readonly call: PassedCall,
    private readonly options: PassingOptions,
  ) {
    this.#untried = options.service.candidates().values();
    const { method } = call.request;
    this.#hasBody = method !== 'GET' && method !== 'HEAD';
  }

  begin(): void {
    const { request, response, ending } = this.call;
    response.once('close', this.#onGone);
    ending.addEventListener('abort', this.#onEnding);
    request.on('error', () => undefined);
    if (!this.#hasBody) request.resume();
    this.#try();
    if (!this.#hasBody || this.#state === 'over') return;
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
  }

  /** Gives the call to the next replica that there is. */
  #try(): void {
    const isLate = performance.now() - this.call.startedAtMs > TRIES_MS_MAX;
    const { value: replica, done } = this.#untried.next();
    if (done || isLate) return this.#refuse();
    const attempt = this.#begin(replica);
    this.#attempt = attempt;
    const { stream } = attempt;
    for (const chunk of this.#kept ?? []) stream.write(chunk);
    if (this.#hasBody && this.#isWhole) stream.end();
    stream.on('drain', () => this.call.request.resume());
    stream.once('response', (headers, flags) => this.#answer(stream, headers, flags));
    // What went wrong is seen when it closes.
    stream.on('error', () => undefined);
    stream.once('close', () => this.#onClosed(attempt));
    this.call.request.resume();
  }

  #begin(replica: Replica): Attempt {
    const headers = requestHeaders(this.call, replica.address);
    return replica.begin(headers, { endStream: !this.#hasBody });
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#kept !== undefined) {
      this.#keptBytes += chunk.length;
      if (this.#keptBytes > KEPT_BYTES_MAX) this.#kept = undefined;
      else this.#kept.push(chunk);
    }
    const stream = this.#attempt?.stream;
    // A service may answer before it has read all: the rest is thrown away.
    if (stream === undefined || !stream.writable) return;
    if (!stream.write(chunk)) this.call.request.pause();
  };

  readonly #onEnd = (): void => {
    this.#isWhole = true;
    const stream = this.#attempt?.stream;
    if (stream?.writable) stream.end();
  };

  #answer(stream: ClientHttp2Stream, headers: IncomingHttpHeaders, flags: number): void {
    const { request, response } = this.call;
    this.#state = 'answering';
    this.#kept = undefined;
    const status = Number(headers[':status']);
    const told = answerHeaders(headers);
    if ((flags & NGHTTP2_FLAG_END_STREAM) !== 0 && 'stream' in response && 'stream' in request) {
      // "Trailers-Only" stays one block of headers.
      response.statusCode = status;
      this.#over('answered');
      return sendHeadersAlone(told, request, response);
    }
    if ('stream' in request) endAfterAnswer(request);
    response.writeHead(status, told);
    // Of a stream the head leaves at once; otherwise it leaves with the body.
    if (headers['content-length'] === undefined && !('stream' in response)) response.flushHeaders();
    const body: Writable = response;
    let trailers: IncomingHttpHeaders = {};
    stream.once('trailers', (received) => (trailers = received));
    stream.on('data', (chunk: Buffer) => {
      if (!body.write(chunk)) stream.pause();
    });
    response.on('drain', () => stream.resume());
    stream.once('end', () => {
      if (this.#state === 'over') return;
      // A stream that was reset ends, too; and one whose connection was closed in order does so as if it were whole.
      const isReset = stream.rstCode !== http2.constants.NGHTTP2_NO_ERROR;
      if (isReset || lacksStatus(headers, trailers)) return this.#cut();
      response.addTrailers(answerHeaders(trailers) as Record<string, string>);
      this.#over('answered');
      response.end();
    });
  }

  /** The replica's side of the call is over. */
  #onClosed(attempt: Attempt): void {
    if (this.#state === 'over' || this.#attempt !== attempt) return;
    if (this.#state === 'answering') return this.#cut();
    if (!attempt.isUntouched() || this.#kept === undefined) return this.#refuse();
    this.options.onRetry();
    this.#try();
  }

  readonly #onGone = (): void => {
    if (this.#state !== 'over') this.#over('canceled');
    // Also what the service answered without reading the request.
    const stream = this.#attempt?.stream;
    if (stream && !stream.closed && !this.#isWhole) stream.close(NGHTTP2_CANCEL);
  };

  readonly #onEnding = (): void => {
    if (this.#state === 'answering') return this.#cut();
    if (this.#state === 'asking') this.#refuse();
  };

  /** Nobody answered: the caller is told in the words of its protocol. */
  #refuse(): void {
    const { name } = this.options.service;
    this.#over('unavailable');
    const message = `The service ${name} does not answer. Try again.`;
    this.call.refuse(unavailable('SERVICE_UNAVAILABLE', message, RETRY_MS));
  }

  /** The answer ends where it broke off, and is seen not to be whole. */
  #cut(): void {
    const { response, request } = this.call;
    this.#over('cut');
    if (!('stream' in response)) return void response.socket?.destroy();
    if (!isGrpc(request.headers['content-type'] ?? null))
      return response.stream.close(NGHTTP2_INTERNAL_ERROR);
    response.addTrailers({
      'grpc-status': '14',
      'grpc-message': 'the connection to the service was lost',
    });
    response.end();
  }

  #over(outcome: Outcome): void {
    const { response, ending } = this.call;
    this.#state = 'over';
    ending.removeEventListener('abort', this.#onEnding);
    const stream = this.#attempt?.stream;
    if (outcome !== 'answered') {
      response.off('close', this.#onGone);
      stream?.close(NGHTTP2_CANCEL);
    }
    this.options.onEnd(outcome);
  }
}

/** Whether an answer of gRPC ends without having said how: all of them say so in the end, if they are whole. */
function lacksStatus(head: IncomingHttpHeaders, trailers: IncomingHttpHeaders): boolean {
  const isWhole = (trailers['grpc-status'] ?? head['grpc-status']) !== undefined;
  return isGrpc(head['content-type'] ?? null) && !isWhole;
}
