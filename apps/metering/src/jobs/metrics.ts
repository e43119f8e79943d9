import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { readCounts } from '../store/partitions';
import { countAdditions } from '../store/usage-additions';
import { readLags, type LagContext } from './lag';

/** What the metrics are read from. */
export interface MetricsContext extends Omit<LagContext, 'logger' | 'isMine'> {
  /** The partitions whose lanes run here now. */
  readonly owned: () => readonly number[];
}

/**
 * Gives what reads the metrics of this process, and of all partitions, in Prometheus' text format. Whoever asks while they are
 * being read gets the same: a broker and a database that are slow are not asked more for it.
 */
export function createMetrics(context: MetricsContext) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addGauges(registry, context);
  const read = async () => ({ contentType: registry.contentType, text: await registry.metrics() });
  let reading: ReturnType<typeof read> | undefined;
  return () => (reading ??= read().finally(() => (reading = undefined)));
}

function addGauges(registry: Registry, context: MetricsContext): void {
  const { mongo, partitionCount, owned } = context;
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
}
