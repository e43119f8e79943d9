import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ServiceReplicas } from './passing/service-replicas';
import type { ServiceName } from './services';

/** How a call that was passed on ended. `cut` are those of which an answer had begun. */
export type Outcome = 'answered' | 'unavailable' | 'canceled' | 'cut';

/** What the gateway tells, and what counts for it. */
export interface Metrics {
  readonly registry: Registry;
  readonly onPassed: (service: ServiceName, outcome: Outcome, seconds: number) => void;
  readonly onRetry: (service: ServiceName) => void;
}

/** From what a small call takes to the longest deadline, in seconds. */
const BUCKETS = [0.002, 0.01, 0.05, 0.25, 1, 2.5, 5, 10, 30];

export function createMetrics(services: readonly ServiceReplicas[]): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const durations = new Histogram({
    name: 'billingrails_gateway_call_duration_seconds',
    help: 'How long calls took that were passed on, from their headers to the end of the answer, by how they ended.',
    labelNames: ['service', 'outcome'],
    buckets: BUCKETS,
    registers,
  });
  const retries = new Counter({
    name: 'billingrails_gateway_retries_total',
    help: 'How often a call was given to another replica, as the one before had not taken it.',
    labelNames: ['service'],
    registers,
  });
  new Gauge({
    name: 'billingrails_gateway_replicas',
    help: 'How many replicas of a service are known, by whether they take calls.',
    labelNames: ['service', 'serving'],
    registers,
    collect() {
      for (const { name, count } of services.map((each) => ({
        name: each.name,
        count: each.count(),
      }))) {
        this.set({ service: name, serving: 'true' }, count.serving);
        this.set({ service: name, serving: 'false' }, count.known - count.serving);
      }
    },
  });
  return {
    registry,
    onPassed: (service, outcome, seconds) => durations.observe({ service, outcome }, seconds),
    onRetry: (service) => retries.inc({ service }),
  };
}
