import { unavailable, type DomainError } from '@billingrails/errors';

/** Another replica takes the call at once; clients of gRPC wait just so long before they try again. */
const RETRY_MS = 100;

/** What is told to calls that come, or have not ended, when the server ends. */
export function shuttingDown(retryAfterMs = RETRY_MS): DomainError {
  return unavailable('SHUTTING_DOWN', 'The server is shutting down. Try again.', retryAfterMs);
}
