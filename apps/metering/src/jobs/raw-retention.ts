import { DAY_MS, dayOf } from '../domain/hours';
import { deleteOldEvents, type DeletionContext } from '../events/use-cases/delete-old-events';
import { repeat, type Job } from '@billingrails/waits';

/** A new day is noticed within this. */
const INTERVAL_MS = 10 * 60_000;

/** What the deleting of old raw events needs. */
export interface RawRetentionContext extends DeletionContext {
  readonly nowMs: () => number;
  /** Raw events stay this many whole UTC days. */
  readonly retentionDays: number;
}

/** Deletes raw events some days after they happened. Their keys and their usage stay. */
export function startRawRetention(context: RawRetentionContext): Job {
  let doneUpToMs = -Infinity;
  const work = async (signal: AbortSignal): Promise<'done'> => {
    const beforeMs = horizonOf(context);
    if (!context.isMine() || beforeMs <= doneUpToMs) return 'done';
    const all = await deleteOldEvents(context, beforeMs, signal);
    if (all) doneUpToMs = beforeMs;
    return 'done';
  };
  return repeat('raw retention', INTERVAL_MS, work, context.logger);
}

/** The first instant of the first UTC day that is kept. */
function horizonOf({ nowMs, retentionDays }: RawRetentionContext): number {
  return (dayOf(nowMs()) - retentionDays) * DAY_MS;
}
