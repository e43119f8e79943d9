import { invalid, unavailable } from '@billingrails/errors';
import { domainErrorOf, isPassing } from '@billingrails/rpc';
import { ConnectError } from '@connectrpc/connect';

/** Metering no longer keeps what it takes to answer: asking again does not help. */
export class UsageDeletedError extends Error {
  override readonly name = 'UsageDeletedError';
}

/** What a failed call to metering means to billing's own callers. What is not listed is a bug of billing. */
export function meteringError(error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error;
  if (isPassing(error)) {
    return unavailable('METERING_UNAVAILABLE', 'Usage cannot be read just now.', 1000, error);
  }
  if (domainErrorOf(error)?.reason === 'RAW_EVENTS_DELETED')
    return new UsageDeletedError('Single events of the period are no longer kept.', {
      cause: error,
    });
  // Of what billing asks, only the token is the caller's own.
  const violations = domainErrorOf(error)?.violations.filter(
    ({ field }) => field === 'consistency_token',
  );
  if (violations !== undefined && violations.length > 0) {
    return invalid(
      'CONSISTENCY_TOKEN_INVALID',
      'The consistency token is not one of an ingest answer.',
      violations,
    );
  }
  return new Error("Metering refused billing's own question.", { cause: error });
}
