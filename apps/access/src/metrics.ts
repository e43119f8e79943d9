import { AUDIT, type Bus } from '@billingrails/bus';
import { Counter, Gauge, Registry } from 'prom-client';
import type { KeyStore } from './keys/store/keys';

/** What access tells, and what counts for it. Nobody's ids are there. */
export interface Metrics {
  readonly registry: Registry;
  /** So many records were appended by this replica, or were there already. */
  readonly onAppended: (count: number) => void;
}

/** The gauges are the same whichever replica tells them. */
export function createMetrics(keys: Pick<KeyStore, 'countUntold'>, bus: Bus): Metrics {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'billingrails_access_untold_keys',
    help: 'How many keys have changed without services having been told: 0, unless the bus is away.',
    registers,
    async collect() {
      this.set(await keys.countUntold());
    },
  });
  const appended = new Counter({
    name: 'billingrails_audit_records_total',
    help: 'How many audit records this replica has taken off stream AUDIT and put into chains.',
    registers,
  });
  new Gauge({
    name: 'billingrails_audit_waiting_messages',
    help: 'How many audit records wait on stream AUDIT to be appended to their chains.',
    registers,
    async collect() {
      // While the bus is away, what was so last.
      if (!bus.connected) return;
      const { state } = await bus.manager.streams.info(AUDIT.name);
      this.set(state.messages);
    },
  });
  return { registry, onAppended: (count) => appended.inc(count) };
}
