import { purgeApplied, type Bus } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import type { Mongo } from '@billingrails/mongo';
import { readAppliedSeqs } from '../store/partitions';
import { appliedBefore, forgetMarks, mark } from '../store/purge-marks';

/** What purging needs. */
export interface PurgeContext {
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** How long messages stay in the stream after they were applied. */
  readonly retentionMs: number;
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
