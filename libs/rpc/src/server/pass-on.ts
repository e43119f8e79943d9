import type { DomainError } from '@billingrails/errors';
import type { CallHead } from '../call';
import { connectErrorOf } from '../errors/details';
import { shuttingDown } from '../errors/shutting-down';
import { UNKNOWN, type CallEnded } from '../interceptors/log-calls';
import { isGrpc } from '../protocol';
import { refuse } from './answers/refuse';
import type { RequestHandler } from './listener';

type Requests = Parameters<RequestHandler>;

/** A call that is to be answered by somebody else, of which nothing was read. */
export interface PassedCall {
  /** Without a query. */
  readonly path: string;
  readonly request: Requests[0];
  /** Holds what this server says of itself: x-request-id, and whose pages may read the answer. */
  readonly response: Requests[1];
  /** The answer's x-request-id. */
  readonly requestId: string;
  readonly startedAtMs: number;
  /** Aborted when running calls are to end. */
  readonly ending: AbortSignal;
  /** Answers with an error in the words of the caller's protocol, and logs it. Only while nothing was sent. */
  readonly refuse: (error: DomainError) => void;
}

/** Takes a call; false when it is nobody's whom this one knows. */
export type Pass = (call: PassedCall) => boolean;

/** Hands a call over, unless nobody takes it. */
export function passOn(
  path: string,
  request: Requests[0],
  response: Requests[1],
  known: Omit<CallHead, 'principal'>,
  options: {
    readonly pass: Pass | undefined;
    readonly refusing: () => boolean;
    readonly ending: AbortSignal;
    readonly ended: CallEnded;
  },
): boolean {
  const { pass, ended, ending } = options;
  if (pass === undefined) return false;
  const record = { service: UNKNOWN, method: UNKNOWN, ...known };
  const inTrailers = isGrpc(request.headers['content-type'] ?? null);
  const stop = (error: DomainError): void =>
    refuse({ error: connectErrorOf(error, { inTrailers }) }, request, response, record, ended);
  if (options.refusing()) {
    stop(shuttingDown());
    return true;
  }
  return pass({ ...{ path, request, response, ...known, ending }, refuse: stop });
}
