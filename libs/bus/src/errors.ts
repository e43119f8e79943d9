import { ErrorCode, NatsError } from 'nats';
import { DomainError, exhausted, unavailable } from '@billingrails/errors';

/** When a caller who met an outage should try again: a new leader takes a few seconds. */
const OUTAGE_RETRY_MS = 1_000;
/** A full stream needs somebody to make room. */
const FULL_RETRY_MS = 10_000;
/** A busy one needs a moment. */
const BUSY_RETRY_MS = 500;

/** JetStream's own error codes, as in the server's errors.json, for what has no room. */
const FULL_CODES: ReadonlySet<number> = new Set([
  10023, // insufficient resources
  10047, // insufficient storage resources
  10077, // maximum bytes or messages exceeded
]);

const BUSY_CODES: ReadonlySet<number> = new Set([
  10167, // too many requests
  10210, // too many atomic batches in flight
]);

const AWAY_CODES: ReadonlySet<number> = new Set([
  10008, // no leader, or the cluster is not yet up
  10009, // not the leader
  10039, // JetStream not enabled for the account (yet)
  10076, // JetStream not enabled (yet)
  10118, // stream offline
  10119, // consumer offline
  10158, // the same message id is in process
  10176, // batch incomplete: a message of it was lost on the way, so nothing of it was stored
  10194, // stream offline, with its reason
]);

const AWAY_CLIENT_CODES: ReadonlySet<string> = new Set<string>([
  ErrorCode.NoResponders,
  ErrorCode.Timeout,
  ErrorCode.Disconnect,
  ErrorCode.ConnectionClosed,
  ErrorCode.ConnectionDraining,
  ErrorCode.ConnectionRefused,
  ErrorCode.ConnectionTimeout,
  ErrorCode.Cancelled,
]);

/**
 * What a failure of NATS means to a caller: full or busy → exhausted; lost, no leader, no answer in time →
 * unavailable, where the outcome of what was sent is unknown. `undefined` when it is none of the infrastructure's.
 */
export function busDomainError(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error;
  if (!(error instanceof NatsError)) return undefined;
  const code = error.api_error?.err_code;
  if (code !== undefined) return jetStreamError(code, error);
  return AWAY_CLIENT_CODES.has(error.code) ? away(error) : undefined;
}

/** The same for an error that came inside an acknowledgement. */
export function jetStreamError(code: number, cause: unknown): DomainError | undefined {
  if (FULL_CODES.has(code)) {
    return exhausted('STREAM_FULL', 'The message stream has no room left.', FULL_RETRY_MS, cause);
  }
  if (BUSY_CODES.has(code)) {
    const message = 'The message stream is busy. Try again.';
    return exhausted('STREAM_BUSY', message, BUSY_RETRY_MS, cause);
  }
  return AWAY_CODES.has(code) ? away(cause) : undefined;
}

/** The connection is gone, so nothing is even tried. */
export function disconnected(): DomainError {
  return away(NatsError.errorForCode(ErrorCode.Disconnect));
}

function away(cause: unknown): DomainError {
  const message = 'The message broker does not answer. Try again.';
  return unavailable('BROKER_UNAVAILABLE', message, OUTAGE_RETRY_MS, cause);
}
