/** The longest a subscription waits before its closing is tried again. */
const RETRY_DELAY_MAX_MS = 60_000;

/** How long to wait after the `attempts`-th failure in a row (from 1): 1 s, doubled each time, at most a minute. */
export function retryDelayMs(attempts: number): number {
  return Math.min(1000 * 2 ** Math.min(attempts - 1, 20), RETRY_DELAY_MAX_MS);
}
