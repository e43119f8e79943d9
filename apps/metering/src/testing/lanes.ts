import { partitionsOf } from '@billingrails/bus';
import { JointChunks } from '../consumer/joint-chunks';
import type { LaneContext } from '../consumer/lane';
import { runLane } from '../consumer/lane';
import { LaneProgress } from '../consumer/lane-progress';
import { Positions } from '../consumer/positions';
import { KeyLookups } from '../events/use-cases/key-lookups';
import { DefinitionsCache } from '../meters/store/definitions-cache';
import { readAppliedSeqs } from '../partitions/store/partitions';
import type { Harness } from './harness';

/** Lanes that run, and how to end them. */
export interface RunningLanes {
  stop(): Promise<void>;
}

/** Runs lanes of all partitions, or of some, without sharing them with anybody. */
export async function runLanes(
  harness: Harness,
  options: Partial<LaneContext> & { readonly partitions?: readonly number[] } = {},
  lanesAtOnce = 4,
): Promise<RunningLanes> {
  const { mongo, bus, logger } = harness;
  const partitionCount = await partitionsOf(bus);
  const limits = options.limits ?? { eventCount: 4_000, byteCount: 8 * 1024 * 1024 };
  const context: LaneContext = {
    ...{ mongo, bus, logger, partitionCount, limits },
    positions: new Positions(() => readAppliedSeqs(mongo.db), logger),
    joint: new JointChunks(lanesAtOnce, limits),
    definitions: new DefinitionsCache(),
    lookups: new KeyLookups(),
    nowMs: Date.now,
    progress: new LaneProgress(Date.now),
    ...options,
  };
  const all = Array.from({ length: partitionCount }, (_, partition) => partition);
  const running = (options.partitions ?? all).map((partition) => {
    const stop = new AbortController();
    return { stop, ended: runLane(context, partition, stop.signal) };
  });
  return {
    async stop() {
      for (const { stop } of running) stop.abort();
      await Promise.all(running.map(({ ended }) => ended));
    },
  };
}
