import type { Logger } from '@billingrails/log';
import type { Mongo } from '@billingrails/mongo';
import { rest } from '@billingrails/waits';
import type { Db } from 'mongodb';
import { runningBackfills } from '../../backfills/store/backfills';
import { dayOf } from '../../domain/hours';
import { isBeingRecounted } from '../../recounts/store/recounts';
import { deleteSegmentsBefore, nextSeries, type SegmentSeries } from '../store/old-segments';
import { moveRawHorizon } from '../store/raw-horizon';

const SEGMENTS_PER_BATCH = 100;
/** Between batches, so that lanes and queries hardly notice. */
const REST_MS = 20;

/** What the deleting of old raw events needs. */
export interface DeletionContext {
  readonly mongo: Mongo;
  readonly logger: Logger;
  /** Whether this replica is the one that deletes. */
  readonly isMine: () => boolean;
}

/**
 * Deletes the segments of days before `beforeMs`, account by account. Those whose event name is being backfilled, or of
 * whose account a day is being counted again, stay for the next run, as they are still to be counted. Gives whether all
 * are gone.
 */
export async function deleteOldEvents(
  { mongo: { db }, logger, isMine }: DeletionContext,
  beforeMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  await moveRawHorizon(db, beforeMs);
  let deleted = 0;
  let skipped = 0;
  let series: SegmentSeries | undefined;
  while ((series = await nextSeries(db, series)) !== undefined) {
    for (let more = true; more;) {
      if (signal.aborted || !isMine()) return false;
      if (await isToBeCounted(db, series, beforeMs)) {
        skipped += 1;
        break;
      }
      const count = await deleteSegmentsBefore(db, series, beforeMs, SEGMENTS_PER_BATCH);
      deleted += count;
      more = count === SEGMENTS_PER_BATCH;
      if (count > 0) await rest(REST_MS, signal);
    }
  }
  const before = new Date(beforeMs);
  if (deleted > 0) logger.info({ segments: deleted, before }, 'old raw events deleted');
  return skipped === 0;
}

async function isToBeCounted(
  db: Db,
  { organisationId, accountId, eventName }: SegmentSeries,
  beforeMs: number,
): Promise<boolean> {
  const days = { fromDay: -Infinity, toDay: dayOf(beforeMs) };
  const of = { organisationId, eventName, accountIds: [accountId] };
  if (await isBeingRecounted(db, undefined, of, days)) return true;
  return (await runningBackfills(db, undefined, organisationId, eventName)).length > 0;
}
