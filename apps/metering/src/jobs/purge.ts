import { purgeOnce, type PurgeContext } from '../partitions/use-cases/purge-applied';
import { repeat, type Job } from '@billingrails/waits';

/** How often, in parts of the retention: a message stays at most this much longer than it must. */
const RUNS_PER_RETENTION = 24;
const INTERVAL_MS_MAX = 3_600_000;

/**
 * Removes messages from stream EVENTS a while after they were applied; those that are not applied stay for ever. What
 * was applied when is known from marks in the database. All replicas do it: doing it twice changes nothing.
 */
export function startPurge(context: PurgeContext): Job {
  const intervalMs = Math.min(context.retentionMs / RUNS_PER_RETENTION, INTERVAL_MS_MAX);
  const work = async (): Promise<'done'> => {
    await purgeOnce(context);
    return 'done';
  };
  return repeat('purge', intervalMs, work, context.logger);
}
