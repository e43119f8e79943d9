import type { Logger } from '@billingrails/log';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import { settlePartition } from '../store/settle-additions';
import { countAdditions } from '../store/usage-additions';
import { repeat, type Job } from './repeat';

const INTERVAL_MS = 500;
/** Buckets to add to: the more wait, the fewer updates they come to, and the more has to be read with each query. */
const DAYS_WAITING_MAX = 8_192;
const DOCUMENTS_WAITING_MAX = 256;
/** However little waits, it waits no longer. */
const WAIT_MAX_MS = 5_000;

/** What settling needs. */
export interface SettleContext {
  readonly mongo: Mongo;
  readonly logger: Logger;
  /** The partitions whose lanes run here: each is settled by one replica. */
  readonly owned: () => readonly number[];
}

/** Moves what the lanes' chunks add into the buckets, many chunks' at once. */
export function startSettling({ mongo, logger, owned }: SettleContext): Job {
  /** When something was first seen to wait, by partition. */
  const waitsSinceMs = new Map<number, number>();
  const work = async (signal: AbortSignal): Promise<'done'> => {
    const waiting = await countAdditions(mongo.db);
    for (const partition of [...waitsSinceMs.keys()]) {
      if (!waiting.has(partition)) waitsSinceMs.delete(partition);
    }
    for (const partition of owned()) {
      const { documents, days } = waiting.get(partition) ?? NOTHING;
      if (documents === 0 || signal.aborted) continue;
      const nowMs = performance.now();
      const sinceMs = waitsSinceMs.get(partition) ?? nowMs;
      waitsSinceMs.set(partition, sinceMs);
      const isFull = days >= DAYS_WAITING_MAX || documents >= DOCUMENTS_WAITING_MAX;
      if (!isFull && nowMs - sinceMs < WAIT_MAX_MS) continue;
      await settle(mongo, partition);
      waitsSinceMs.delete(partition);
    }
    return 'done';
  };
  return repeat('settle', INTERVAL_MS, work, logger);
}

const NOTHING = { documents: 0, days: 0 };

async function settle(mongo: Mongo, partition: number): Promise<void> {
  await inTransaction(mongo, (session) =>
    settlePartition(mongo.db, session, partition, DOCUMENTS_WAITING_MAX),
  );
}
