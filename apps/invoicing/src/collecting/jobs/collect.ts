import { mapBounded, repeat, type Job } from '@billingrails/waits';
import { advanceAttempt } from '../use-cases/advance-attempt';
import { startDueAttempts } from '../use-cases/start-attempts';
import type { CollectingParts } from '../use-cases/provider-of';

/** Attempts that one replica goes on with at the same time. */
const AT_ONCE = 8;
const TOGETHER = 100;
/** Longer than all that is asked for one attempt can take: after that its replica is taken for dead. */
const CLAIM_MS = 300_000;

/** Begins attempts that are due, and goes on with those under way, at once and again after each rest. */
export function startCollecting(parts: CollectingParts & { readonly intervalMs: number }): Job {
  const collectOnce = async (signal: AbortSignal) => {
    const more = await startDueAttempts(parts);
    return (await advanceAll(parts, signal)) || more ? 'more' : 'done';
  };
  return repeat('collect payments', parts.intervalMs, collectOnce, parts.logger);
}

/** Goes on with those that are to be asked about. Tells whether there may be more. */
async function advanceAll(parts: CollectingParts, signal: AbortSignal): Promise<boolean> {
  const { stores, nowMs, logger } = parts;
  const names = await stores.attempts.toAsk(nowMs(), TOGETHER);
  await mapBounded(names, AT_ONCE, async (name) => {
    if (signal.aborted) return;
    try {
      const claimedMs = nowMs();
      const attempt = await stores.attempts.claim(name, claimedMs, claimedMs + CLAIM_MS);
      if (attempt !== undefined) await advanceAttempt(parts, attempt);
    } catch (error) {
      // It keeps no other waiting, and is gone on with when its claim has run out.
      logger.warn({ err: error, ...name }, 'the attempt could not be gone on with');
    }
  });
  return names.length === TOGETHER;
}
