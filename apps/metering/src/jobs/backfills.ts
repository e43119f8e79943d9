import type { Logger } from '@billingrails/log';
import type { Mongo } from '@billingrails/mongo';
import { setTimeout as pause } from 'node:timers/promises';
import { nextBackfill } from '../store/backfills';
import { StaleCursorError } from '../store/partitions';
import { backfillChunk } from './backfill-chunk';
import { repeat, type Job } from './repeat';

/** New backfills of other replicas are noticed within this. */
const INTERVAL_MS = 1_000;
/** A transaction waits for its turn at a busy database about ten times, however many events it counts. */
const EVENTS_PER_CHUNK = 8_000;

/** Of the time that a chunk took. */
const REST_WHEN_LIVE = 0.5;

/** What the backfilling of this replica needs. */
export interface BackfillContext {
  readonly mongo: Mongo;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Whether this replica is the one that backfills; another one as well would only be refused again and again. */
  readonly isMine: () => boolean;
  /** Whether lanes have work: then a backfill rests between its chunks. */
  readonly isLive: () => boolean;
}

/** Runs backfills, the oldest first, one chunk after the other. */
export function startBackfills(context: BackfillContext): Job {
  const { mongo, logger, isMine, isLive } = context;
  const work = async (signal: AbortSignal): Promise<'more' | 'done'> => {
    const backfill = isMine() ? await nextBackfill(mongo.db) : undefined;
    if (backfill === undefined) return 'done';
    const startMs = performance.now();
    try {
      await backfillChunk(context, backfill, EVENTS_PER_CHUNK);
    } catch (error) {
      if (!(error instanceof StaleCursorError)) throw error;
    }
    const restMs = isLive() ? (performance.now() - startMs) * REST_WHEN_LIVE : 0;
    await pause(restMs, undefined, { signal }).catch(() => undefined);
    return 'more';
  };
  return repeat('backfill', INTERVAL_MS, work, logger);
}
