import { Counter, Gauge, Registry } from 'prom-client';
import type { Outcome } from './deliveries/domain/delivery';
import type { QueueStore } from './deliveries/store/queues';

/** What webhooks tells, and what counts for it. Nobody's ids are there. */
export interface Metrics {
  readonly registry: Registry;
  readonly onAttempt: (outcome: Outcome) => void;
}

/** The gauges are the same whichever replica tells them; attempts are those of this one. */
export function createMetrics(
  queues: Pick<QueueStore, 'waiting' | 'countFailing'>,
  nowMs: () => number,
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const attempts = new Counter({
    name: 'billingrails_webhooks_attempts_total',
    help: 'How often a webhook was sent, by how it ended.',
    labelNames: ['outcome'],
    registers,
  });
  const oldest = new Gauge({
    name: 'billingrails_webhooks_waiting_seconds',
    help: 'For how long the first of the endpoints that something is due for waits for its turn; 0 where none does.',
    registers,
  });
  new Gauge({
    name: 'billingrails_webhooks_waiting_endpoints',
    help: 'How many endpoints something is due for.',
    registers,
    async collect() {
      const atMs = nowMs();
      const { count, sinceMs = atMs } = await queues.waiting(atMs);
      this.set(count);
      oldest.set((atMs - sinceMs) / 1_000);
    },
  });
  new Gauge({
    name: 'billingrails_webhooks_failing_endpoints',
    help: 'How many endpoints nothing came through to the last time.',
    registers,
    async collect() {
      this.set(await queues.countFailing());
    },
  });
  return { registry, onAttempt: (outcome) => attempts.inc({ outcome }) };
}
