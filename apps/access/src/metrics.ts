import { Gauge, Registry } from 'prom-client';
import type { KeyStore } from './keys/store/keys';

/** What access tells of itself; the same whichever replica tells it. */
export function createMetrics(keys: Pick<KeyStore, 'countUntold'>): Registry {
  const registry = new Registry();
  new Gauge({
    name: 'billingrails_access_untold_keys',
    help: 'How many keys have changed without services having been told: 0, unless the bus is away.',
    registers: [registry],
    async collect() {
      this.set(await keys.countUntold());
    },
  });
  return registry;
}
