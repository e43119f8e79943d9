import { Gauge, Registry } from 'prom-client';
import { countUntold } from '../changes/store/usage-changes';
import type { LaneProgress } from '../consumer/lane-progress';
import { readCounts } from '../partitions/store/partitions';
import { countRecounts } from '../recounts/store/recounts';
import { countAdditions } from '../usage/store/usage-additions';
import { readLags, type LagsContext } from '../partitions/use-cases/read-lags';

/** What the metrics are read from. */
export interface MetricsContext extends Omit<LagsContext, 'logger' | 'isMine'> {
  /** The partitions whose lanes run here now. */
  readonly owned: () => readonly number[];
  readonly progress: Pick<LaneProgress, 'standing'>;
}

/** The metrics of this process, and of all partitions. */
export function createMetrics(context: MetricsContext): Registry {
  const registry = new Registry();
  addGauges(registry, context);
  return registry;
}

function addGauges(registry: Registry, context: MetricsContext): void {
  addLaneGauges(registry, context);
  addWaitingGauges(registry, context);
}

function addLaneGauges(registry: Registry, context: MetricsContext): void {
  const { mongo, owned, progress, nowMs } = context;
  const registers = [registry];
  new Gauge({
    name: 'billingrails_metering_partition_lag_seconds',
    help: 'How long the oldest message of a partition that is not applied has waited; 0 when there is none.',
    labelNames: ['partition'],
    registers,
    async collect() {
      for (const [partition, lagMs] of (await readLags(context)).entries()) {
        this.set({ partition }, lagMs / 1_000);
      }
    },
  });
  new Gauge({
    name: 'billingrails_metering_events',
    help: 'How many events came to an outcome since the beginning; of the outcome quarantined, how many messages.',
    labelNames: ['outcome'],
    registers,
    async collect() {
      for (const [outcome, count] of Object.entries(await readCounts(mongo.db))) {
        this.set({ outcome }, count);
      }
    },
  });
  new Gauge({
    name: 'billingrails_metering_partitions_owned',
    help: 'How many partitions this replica applies now.',
    registers,
    collect() {
      this.set(owned().length);
    },
  });
  new Gauge({
    name: 'billingrails_metering_lane_standing_seconds',
    help: 'For how long a lane of this replica has been at the same messages, with why it failed last; none where it has nothing to apply.',
    labelNames: ['partition', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [partition, { sinceMs, reason }] of progress.standing) {
        this.set({ partition, reason }, Math.max(nowMs() - sinceMs, 0) / 1_000);
      }
    },
  });
}

function addWaitingGauges(
  registry: Registry,
  { mongo, partitionCount, nowMs }: MetricsContext,
): void {
  const registers = [registry];
  new Gauge({
    name: 'billingrails_metering_additions_waiting',
    help: 'How many additions to buckets of usage wait in a partition to be settled there.',
    labelNames: ['partition'],
    registers,
    async collect() {
      const waiting = await countAdditions(mongo.db);
      for (let partition = 0; partition < partitionCount; partition += 1) {
        this.set({ partition }, waiting.get(partition) ?? 0);
      }
    },
  });
  new Gauge({
    name: 'billingrails_metering_changes_untold',
    help: 'How many transactions have changed usage of the past that is not told on stream METERING yet.',
    registers,
    async collect() {
      this.set(await countUntold(mongo.db));
    },
  });
  new Gauge({
    name: 'billingrails_metering_recount_seconds',
    help: 'For how long the oldest day of an account in a partition has waited to be counted again after corrections; 0 when none waits.',
    labelNames: ['partition'],
    registers,
    async collect() {
      const waiting = await countRecounts(mongo.db);
      for (let partition = 0; partition < partitionCount; partition += 1) {
        const sinceMs = waiting.get(partition)?.sinceMs ?? nowMs();
        this.set({ partition }, Math.max(nowMs() - sinceMs, 0) / 1_000);
      }
    },
  });
}
