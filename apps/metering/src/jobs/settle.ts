import type { Logger } from '@billingrails/log';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import { settlePartition } from '../usage/use-cases/settle-additions';
import { repeat, type Job } from '@billingrails/waits';

const INTERVAL_MS = 250;
/**
 * Within this each partition has its turn: the longer, the more chunks are settled together, and the more queries read.
 */
const ROUND_MS = 4_000;

/** What settling needs. */
export interface SettleContext {
  readonly mongo: Mongo;
  readonly logger: Logger;
  /** The partitions whose lanes run here: each is settled by one replica. */
  readonly owned: () => readonly number[];
}

/**
 * Moves what the lanes' chunks add into the buckets, many chunks' at once: the partitions one after the other, evenly
 * over a round, as all at once would hold up the lanes.
 */
export function startSettling({ mongo, logger, owned }: SettleContext): Job {
  let last = -1;
  /** How many partitions are to have their turn by now; less than one is kept for the next run. */
  let due = 1;
  const work = async (signal: AbortSignal): Promise<'done'> => {
    const partitions = owned();
    due = Math.min(due + (partitions.length * INTERVAL_MS) / ROUND_MS, partitions.length);
    for (; due >= 1 && !signal.aborted; due -= 1) {
      last = partitions.find((partition) => partition > last) ?? partitions[0] ?? -1;
      await settle(mongo, last, signal);
    }
    return 'done';
  };
  return repeat('settle', INTERVAL_MS, work, logger);
}

async function settle(mongo: Mongo, partition: number, signal: AbortSignal): Promise<void> {
  let isAll = false;
  while (!isAll && !signal.aborted) {
    isAll = await inTransaction(mongo, (session) => settlePartition(mongo.db, session, partition));
  }
}
