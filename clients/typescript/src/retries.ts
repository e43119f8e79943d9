import { setTimeout as delay } from 'node:timers/promises';
import { BillingrailsError } from './errors.js';

/** How a call is tried again that ended with UNAVAILABLE or RESOURCE_EXHAUSTED. */
export interface RetryPolicy {
  /** Tries of a call in all; 4 by default, 1 for none but the first. */
  readonly triesMax: number;
  /** The longest wait before the second try; 200 by default. Each later one is up to three times longer. */
  readonly firstDelayMs: number;
  /** The longest wait there is; 5,000 by default. What a service says of how long to wait comes before all this. */
  readonly delayMaxMs: number;
}

export const DEFAULT_RETRIES: RetryPolicy = { triesMax: 4, firstDelayMs: 200, delayMaxMs: 5_000 };

/**
 * How long to wait after so many tries that failed: what the service said, with up to a tenth more, so that many who
 * were told the same do not come back at once; else any time up to the limit of the policy.
 */
export function retryDelayMs(policy: RetryPolicy, tries: number, error: BillingrailsError): number {
  if (error.retryAfterMs !== undefined) return error.retryAfterMs * (1 + Math.random() / 10);
  return Math.random() * Math.min(policy.firstDelayMs * 3 ** (tries - 1), policy.delayMaxMs);
}

/** Calls until it succeeds, may not be repeated, or would be over its time. Throws BillingrailsError. */
export async function withRetries<T>(
  policy: RetryPolicy,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  call: (leftMs: number) => Promise<T>,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await call(Math.max(1, Math.ceil(endMs - performance.now())));
    } catch (thrown) {
      const error = BillingrailsError.from(thrown);
      const waitMs = retryDelayMs(policy, tries, error);
      const isLate = performance.now() + waitMs >= endMs;
      if (!error.isPassing || tries >= policy.triesMax || isLate) throw error;
      await delay(waitMs, undefined, signal ? { signal } : {}).catch((cause: unknown) => {
        throw BillingrailsError.from(cause);
      });
    }
  }
}
