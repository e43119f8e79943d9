import type { Logger } from '@billingrails/log';
import { rest } from '@billingrails/waits';
import type { Backfill } from '../backfills/domain/backfill';
import { nextBackfillOf, nextBackfillOrganisation } from '../backfills/store/backfills';
import {
  backfillChunk,
  type BackfillChunkContext,
  type BackfillLimits,
} from '../backfills/use-cases/count-backfill-chunk';
import { Pace } from '../consumer/pace';
import { StaleCursorError } from '../partitions/store/partitions';
import { repeat, type Job } from '@billingrails/waits';
import { Rotation } from './rotation';

/** New backfills of other replicas are noticed within this. */
const INTERVAL_MS = 1_000;
/** A transaction waits for its turn at a busy database about ten times, however much it does. */
const LIMITS: BackfillLimits = { eventCount: 8_000, bucketCount: 4_000 };

/** So many chunks are done before they grow again: one that is too large may take long to fail. */
const PATIENCE = 8;
/** Of the time that a chunk took. */
const REST_WHEN_LIVE = 0.5;

/** What the backfilling of this replica needs. */
export interface BackfillContext extends BackfillChunkContext {
  readonly logger: Logger;
  /** Whether this replica is the one that backfills; another one as well would only be refused again and again. */
  readonly isMine: () => boolean;
  /** Whether lanes have work: then a backfill rests between its chunks. */
  readonly isLive: () => boolean;
  readonly limits?: BackfillLimits;
}

/**
 * Runs backfills, one chunk after the other: organisations, and in each its backfills, take turns. A chunk that fails
 * is tried again smaller when its backfill has its next turn.
 */
export function startBackfills(context: BackfillContext): Job {
  const { mongo, logger, isMine, isLive, limits = LIMITS } = context;
  const rotation = new Rotation<Backfill>({
    nextOrganisation: (after) => nextBackfillOrganisation(mongo.db, after),
    nextOf: (organisationId, after) => nextBackfillOf(mongo.db, organisationId, after),
  });
  /** Of the backfills whose last chunk failed, or that take small chunks since. */
  const paces = new Map<string, Pace<BackfillLimits>>();
  const work = async (signal: AbortSignal): Promise<'more' | 'done'> => {
    const backfill = isMine() ? await rotation.next() : undefined;
    if (backfill === undefined) {
      paces.clear();
      return 'done';
    }
    const pace = paces.get(backfill.id) ?? new Pace(limits, PATIENCE);
    const startMs = performance.now();
    try {
      await backfillChunk(context, backfill, pace.limits);
      pace.succeeded();
    } catch (error) {
      if (!(error instanceof StaleCursorError)) {
        pace.failed();
        paces.set(backfill.id, pace);
        throw error;
      }
    }
    const restMs = isLive() ? (performance.now() - startMs) * REST_WHEN_LIVE : 0;
    await rest(restMs, signal);
    return 'more';
  };
  return repeat('backfill', INTERVAL_MS, work, logger);
}
