import { timeOfNext, type Bus } from '@billingrails/bus';
import type { Mongo } from '@billingrails/mongo';
import { readAppliedSeqs } from '../store/partitions';

/** What measuring the lag needs. */
export interface LagsContext {
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly nowMs: () => number;
  readonly partitionCount: number;
}

/** By partition, how long its oldest message that is not applied has waited, in milliseconds; 0 where there is none. */
export async function readLags({
  mongo,
  bus,
  nowMs,
  partitionCount,
}: LagsContext): Promise<number[]> {
  const applied = await readAppliedSeqs(mongo.db);
  const lagsMs: number[] = [];
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const waitsSinceMs = await timeOfNext(bus, partition, applied.get(partition) ?? 0);
    // The broker's clock may be ahead of ours.
    lagsMs.push(waitsSinceMs === undefined ? 0 : Math.max(1, nowMs() - waitsSinceMs));
  }
  return lagsMs;
}
