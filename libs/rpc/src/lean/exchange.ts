import { Code, ConnectError } from '@connectrpc/connect';
import { createAsyncIterable } from '@connectrpc/connect/protocol';
import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { answerOfAbort } from '../errors/answer';
import { whoCalls, type Authenticate } from '../interceptors/authenticate';
import { writeCall } from '../interceptors/log-calls';
import { ORGANISATION_HEADER, type Principal } from '../principal';
import type { RequestHandler } from '../server/listener';
import { messageOfFrame, sendLean } from './answer';
import type { LeanMethod } from './lean-method';
import { LEAN_BYTES_MAX, type PlainRequest } from './plain-request';

/** A call that the runtime is to answer after all. */
export interface Handover {
  readonly startedAtMs: number;
  readonly deadlineAtMs: number;
  /** What was read of the body. */
  readonly read: AsyncIterable<Uint8Array>;
  /** Whether that is all of it. */
  readonly isWhole: boolean;
  /** What its handler threw, if it ran: it must not run again. */
  readonly failure?: unknown;
  /** Who calls, as far as is known. */
  readonly principal: Principal | undefined;
}

export interface ExchangeOptions {
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  readonly handOver: (given: Handover) => void;
  /** Told when the exchange is over or the runtime's. */
  readonly onEnd: (exchange: Exchange) => void;
}

const organisationHeader = ORGANISATION_HEADER.toLowerCase();

/** One plain call, from its first byte until it is answered or handed over. */
export class Exchange {
  private readonly startedAtMs = performance.now();
  private readonly deadline: NodeJS.Timeout;
  private readonly signal = { aborted: false };
  private chunks: Buffer[] = [];
  private bytes = 0;
  private principal: Principal | undefined;
  private state: 'reading' | 'handling' | 'over' = 'reading';

  constructor(
    private readonly lean: LeanMethod,
    private readonly plain: PlainRequest,
    private readonly request: Parameters<RequestHandler>[0],
    private readonly response: Parameters<RequestHandler>[1],
    private readonly options: ExchangeOptions,
  ) {
    this.deadline = setTimeout(this.onDeadline, plain.limitMs);
    request.on('data', this.onData);
    request.on('end', this.onEnd);
    response.on('close', this.onClose);
  }

  /** Ends the call with what `reason` means to its caller. */
  abort(reason: ConnectError): void {
    this.signal.aborted = true;
    if (this.state === 'handling') return this.handOver(answerOfAbort(reason));
    this.handOver(undefined, { read: failing(reason), isWhole: true });
  }

  private readonly onDeadline = (): void =>
    this.abort(new ConnectError('the request was not sent in time', Code.DeadlineExceeded));

  private readonly onData = (chunk: Buffer): void => {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes > LEAN_BYTES_MAX) this.handOver();
  };

  private readonly onEnd = (): void => {
    this.state = 'handling';
    void this.answer();
  };

  private readonly onClose = (): void => {
    if (this.state === 'over') return;
    this.signal.aborted = true;
    this.end();
    this.log(answerOfAbort(undefined));
  };

  private async answer(): Promise<void> {
    try {
      const message = this.message();
      if (message === undefined || !(await this.isKnown())) return this.handOver();
      const answer = this.handle(message);
      if (answer === undefined) return this.handOver();
      const sent = await answer;
      if (this.state === 'over') return;
      this.end();
      sendLean(sent, this.plain, this.response);
      this.log();
    } catch (error) {
      this.handOver(error);
    }
  }

  private message(): Buffer | undefined {
    const [first] = this.chunks;
    const body = this.chunks.length === 1 && first ? first : Buffer.concat(this.chunks);
    return this.plain.protocol === 'grpc' ? messageOfFrame(body) : body;
  }

  /** Whether the caller has a key; the runtime refuses who has none. */
  private async isKnown(): Promise<boolean> {
    const { authorization, [organisationHeader]: organisation } = this.request.headers;
    if (Array.isArray(organisation)) return false;
    try {
      this.principal = await whoCalls(authorization, organisation, this.options.authenticate);
      return true;
    } catch (error) {
      if (error instanceof DomainError) return false;
      throw error;
    }
  }

  private handle(message: Buffer): Promise<Uint8Array> | undefined {
    const { principal, signal, startedAtMs, plain } = this;
    if (principal === undefined || this.state === 'over') return undefined;
    const deadlineAtMs = startedAtMs + plain.limitMs;
    return this.lean.handle(message, {
      encoding: plain.encoding,
      principal,
      signal,
      remainingMs: () => deadlineAtMs - performance.now(),
    });
  }

  private handOver(
    failure?: unknown,
    body: Pick<Handover, 'read' | 'isWhole'> = {
      read: createAsyncIterable(this.chunks),
      isWhole: this.state === 'handling',
    },
  ): void {
    if (this.state === 'over') return;
    this.end();
    // What has not been read stays where it is until the runtime reads it.
    this.request.pause();
    const { startedAtMs, plain, principal } = this;
    this.options.handOver({
      startedAtMs,
      deadlineAtMs: startedAtMs + plain.limitMs,
      principal,
      ...body,
      ...(failure !== undefined && { failure }),
    });
  }

  private end(): void {
    this.state = 'over';
    clearTimeout(this.deadline);
    this.request.off('data', this.onData);
    this.request.off('end', this.onEnd);
    this.response.off('close', this.onClose);
    this.options.onEnd(this);
  }

  private log(error?: unknown): void {
    const { method } = this.lean;
    writeCall(this.options.logger, error, {
      service: method.parent.typeName,
      method: method.name,
      startedAtMs: this.startedAtMs,
      principal: this.principal,
    });
  }
}

/** A body that fails with `error` when it is read. */
function failing(error: ConnectError): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}
