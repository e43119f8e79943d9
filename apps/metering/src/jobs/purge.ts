import { purgeApplied, type Bus } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import type { Mongo } from '@billingrails/mongo';
import { readAppliedSeqs } from '../partitions/store/partitions';
import { appliedBefore, forgetMarks, mark } from '../partitions/store/purge-marks';
import { repeat, type Job } from './repeat';

/** How often, in parts of the retention: a message stays at most this much longer than it must. */
const RUNS_PER_RETENTION = 24;
const INTERVAL_MS_MAX = 3_600_000;

/** What purging needs. */
export interface PurgeContext {
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** How long messages stay in the stream after they were applied. */
  readonly retentionMs: number;
}

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

/** Marks how far partitions are now, and purges up to where they were a retention time ago. */
export async function purgeOnce(context: PurgeContext): Promise<void> {
  const { mongo, bus, logger, nowMs, retentionMs } = context;
  const { db } = mongo;
  await mark(db, await readAppliedSeqs(db), nowMs());
  for (const [partition, seq] of await appliedBefore(db, nowMs() - retentionMs)) {
    const purged = await purgeApplied(bus, partition, seq);
    await forgetMarks(db, partition, seq);
    if (purged > 0) logger.info({ partition, seq, purged }, 'applied messages purged');
  }
}
