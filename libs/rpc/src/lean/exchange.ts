import { Code, ConnectError } from '@connectrpc/connect';
import { createAsyncIterable } from '@connectrpc/connect/protocol';
import type { CallHead } from '../call';
import { answerOfAbort } from '../errors/answer';
import type { CallEnded } from '../interceptors/log-calls';
import type { Principal } from '../principal';
import type { RequestHandler } from '../server/listener';
import { messageOfFrame, sendLean } from './answer';
import type { LeanMethod } from './lean-method';
import { LEAN_BYTES_MAX, type LeanRequest } from './lean-request';

/** A call that the runtime is to answer after all. */
export interface Handover {
  readonly deadlineAtMs: number;
  /** What was read of the body. */
  readonly read: AsyncIterable<Uint8Array>;
  /** Whether that is all of it. */
  readonly isWhole: boolean;
  /** What its handler threw, if it ran: it must not run again. */
  readonly failure?: unknown;
}

export interface ExchangeOptions {
  readonly head: CallHead & { readonly principal: Principal };
  readonly ended: CallEnded;
  readonly handOver: (given: Handover) => void;
  /** Told when the exchange is over or the runtime's. */
  readonly onEnd: (exchange: Exchange) => void;
}

/** One lean call of a caller who is known, from its body's first byte until it is answered or handed over. */
export class Exchange {
  readonly #deadlineAtMs: number;
  readonly #deadline: NodeJS.Timeout;
  readonly #signal = { aborted: false };
  #chunks: Buffer[] = [];
  #bytes = 0;
  #state: 'reading' | 'handling' | 'over' = 'reading';

  constructor(
    private readonly lean: LeanMethod,
    private readonly asked: LeanRequest,
    private readonly request: Parameters<RequestHandler>[0],
    private readonly response: Parameters<RequestHandler>[1],
    private readonly options: ExchangeOptions,
  ) {
    this.#deadlineAtMs = options.head.startedAtMs + asked.limitMs;
    this.#deadline = setTimeout(this.#onDeadline, asked.limitMs);
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    response.on('close', this.#onClose);
  }

  /** Ends the call with what `reason` means to its caller. */
  abort(reason: ConnectError): void {
    this.#signal.aborted = true;
    if (this.#state === 'handling') return this.#handOver(answerOfAbort(reason));
    this.#handOver(undefined, { read: failing(reason), isWhole: true });
  }

  readonly #onDeadline = (): void =>
    this.abort(new ConnectError('the request was not sent in time', Code.DeadlineExceeded));

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.options.head.onBytes?.(chunk.length);
    if (this.#bytes > LEAN_BYTES_MAX) this.#handOver();
  };

  readonly #onEnd = (): void => {
    this.#state = 'handling';
    void this.#answer();
  };

  readonly #onClose = (): void => {
    if (this.#state === 'over') return;
    this.#signal.aborted = true;
    this.#end();
    this.#log(answerOfAbort(undefined));
  };

  async #answer(): Promise<void> {
    try {
      const message = this.#message();
      if (message === undefined) return this.#handOver();
      const answer = this.#handle(message);
      if (answer === undefined) return this.#handOver();
      const sent = await answer;
      if (this.#state === 'over') return;
      this.#end();
      sendLean(sent, this.asked, this.response);
      this.#log();
    } catch (error) {
      this.#handOver(error);
    }
  }

  #message(): Buffer | undefined {
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    return this.asked.protocol === 'grpc' ? messageOfFrame(body) : body;
  }

  #handle(message: Buffer): Promise<Uint8Array> | undefined {
    const { asked } = this;
    const signal = this.#signal;
    const deadlineAtMs = this.#deadlineAtMs;
    return this.lean.handle(message, {
      encoding: asked.encoding,
      principal: this.options.head.principal,
      signal,
      remainingMs: () => deadlineAtMs - performance.now(),
    });
  }

  #handOver(
    failure?: unknown,
    body: Pick<Handover, 'read' | 'isWhole'> = {
      read: createAsyncIterable(this.#chunks),
      isWhole: this.#state === 'handling',
    },
  ): void {
    if (this.#state === 'over') return;
    this.#end();
    // What has not been read stays where it is until the runtime reads it.
    this.request.pause();
    this.options.handOver({
      deadlineAtMs: this.#deadlineAtMs,
      ...body,
      ...(failure !== undefined && { failure }),
    });
  }

  #end(): void {
    this.#state = 'over';
    clearTimeout(this.#deadline);
    this.request.off('data', this.#onData);
    this.request.off('end', this.#onEnd);
    this.response.off('close', this.#onClose);
    this.options.onEnd(this);
  }

  #log(error?: unknown): void {
    const { method } = this.lean;
    const service = method.parent.typeName;
    this.options.ended(error, { service, method: method.name, ...this.options.head });
  }
}

/** A body that fails with `error` when it is read. */
function failing(error: ConnectError): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}
