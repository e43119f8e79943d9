import { countOutbox, type Mongo } from '@billingrails/mongo';
import { Counter, Gauge, Registry } from 'prom-client';
import { UNBILLED_REASONS } from './accounts/domain/unbilled';
import type { UnbilledSweep } from './accounts/jobs/sweep-unbilled';
import type { BillSweep } from './late/jobs/sweep-bills';
import type { MissedChangeStore } from './late/store/missed-changes';
import type { DueStore } from './schedule/store/due';

/** What the metrics are read from. */
export interface MetricsContext {
  readonly unbilled: Pick<UnbilledSweep, 'totals'>;
  readonly sweep: Pick<BillSweep, 'counts'>;
  readonly mongo: Mongo;
  readonly due: Pick<DueStore, 'overdue'>;
  readonly missedChanges: Pick<MissedChangeStore, 'countReal'>;
  /** The real time. */
  readonly nowMs: () => number;
  /** How long after its end a period is closed. */
  readonly settleMs: number;
}

/** The metrics of all organisations together. Nobody's ids are there. */
export function createMetrics(context: MetricsContext): Registry {
  const registry = new Registry();
  addUnbilled(registry, context);
  addWaiting(registry, context);
  addSweep(registry, context);
  return registry;
}

function addUnbilled(registry: Registry, { unbilled }: MetricsContext): void {
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
}

function addSweep(registry: Registry, { sweep }: MetricsContext): void {
  const registers = [registry];
  new Counter({
    name: 'billingrails_billing_sweep_checked_total',
    help: 'How many times this replica has rated the closed cycles of a subscription anew.',
    registers,
    collect() {
      this.reset();
      this.inc(sweep.counts.checked);
    },
  });
  new Counter({
    name: 'billingrails_billing_sweep_found_total',
    help: 'How many times they came to something else than was billed, and nobody had told; must stay 0.',
    registers,
    collect() {
      this.reset();
      this.inc(sweep.counts.found);
    },
  });
}

/** What waits, the same whichever replica tells it. */
function addWaiting(
  registry: Registry,
  { mongo, due, missedChanges, nowMs, settleMs }: MetricsContext,
): void {
  const registers = [registry];
  new Gauge({
    name: 'billingrails_billing_missed_subscriptions',
    help: 'How many subscriptions have usage that changed in cycles that no bill looks at any more. By the real time only.',
    registers,
    async collect() {
      this.set(await missedChanges.countReal());
    },
  });
  const age = new Gauge({
    name: 'billingrails_billing_period_due_seconds',
    help: 'For how long the period that is due longest has been; 0 when none is. By the real time only.',
    registers,
  });
  new Gauge({
    name: 'billingrails_billing_periods_due',
    help: 'How many subscriptions have a period that is due and not closed. By the real time only.',
    registers,
    async collect() {
      const dueMs = nowMs() - settleMs;
      const { count, firstMs } = await due.overdue(dueMs);
      this.set(count);
      age.set(firstMs === undefined ? 0 : (dueMs - firstMs) / 1_000);
    },
  });
  new Gauge({
    name: 'billingrails_billing_outbox_messages',
    help: 'How many messages of bills and changes wait to be published.',
    registers,
    async collect() {
      this.set(await countOutbox(mongo.db));
    },
  });
}
