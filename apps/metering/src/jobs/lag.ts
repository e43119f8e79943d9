import { timeOfNext, type Bus } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import type { Mongo } from '@billingrails/mongo';
import { readAppliedSeqs } from '../partitions/store/partitions';
import { repeat, type Job } from './repeat';

const INTERVAL_MS = 60_000;

/** What measuring the lag needs. */
export interface LagContext {
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly partitionCount: number;
  /** Whether this replica is the one that tells. */
  readonly isMine: () => boolean;
}

/** Logs each minute how far each partition lags behind, while any does, and once when none does any more. */
export function startLag(context: LagContext): Job {
  let behind = false;
  const work = async (): Promise<'done'> => {
    if (!context.isMine()) return 'done';
    const lagMs = await readLags(context);
    const wasBehind = behind;
    behind = lagMs.some((lag) => lag > 0);
    if (behind || wasBehind) context.logger.info({ lagMs }, 'lag by partition');
    return 'done';
  };
  return repeat('lag', INTERVAL_MS, work, context.logger);
}

/** By partition, how long its oldest message that is not applied has waited, in milliseconds; 0 where there is none. */
export async function readLags({
  mongo,
  bus,
  nowMs,
  partitionCount,
}: Omit<LagContext, 'logger' | 'isMine'>): Promise<number[]> {
  const applied = await readAppliedSeqs(mongo.db);
  const lagsMs: number[] = [];
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const waitsSinceMs = await timeOfNext(bus, partition, applied.get(partition) ?? 0);
    // The broker's clock may be ahead of ours.
    lagsMs.push(waitsSinceMs === undefined ? 0 : Math.max(1, nowMs() - waitsSinceMs));
  }
  return lagsMs;
}
