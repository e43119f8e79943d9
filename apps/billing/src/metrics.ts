import { Gauge, Registry } from 'prom-client';
import { UNBILLED_REASONS } from './accounts/domain/unbilled';
import type { UnbilledSweep } from './accounts/sweep-unbilled';

/** What the metrics are read from. */
export interface MetricsContext {
  readonly unbilled: Pick<UnbilledSweep, 'totals'>;
}

/** The metrics of all organisations together. */
export function createMetrics({ unbilled }: MetricsContext): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'billingrails_billing_unbilled_accounts',
    help: 'How many accounts events name that nobody is billed for, by reason; none before all was looked at once.',
    labelNames: ['reason'],
    registers,
    collect() {
      const totals = unbilled.totals();
      if (totals === undefined) return;
      for (const reason of UNBILLED_REASONS) {
        this.set({ reason }, Number(totals.get(reason)?.accountCount ?? 0n));
      }
    },
  });
  new Gauge({
    name: 'billingrails_billing_unbilled_events',
    help: 'How many events those accounts have.',
    labelNames: ['reason'],
    registers,
    collect() {
      const totals = unbilled.totals();
      if (totals === undefined) return;
      for (const reason of UNBILLED_REASONS) {
        this.set({ reason }, Number(totals.get(reason)?.eventCount ?? 0n));
      }
    },
  });
  return registry;
}
