import { countOutbox, type Mongo } from '@billingrails/mongo';
import { Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptStore } from './collecting/store/payment-attempts';
import type { StripeOptions } from './collecting/stripe/stripe-provider';
import type { QuarantineStore } from './intake/store/quarantine';

/**
 * The metrics of what waits in invoicing, the same whichever replica tells them, and of this one's calls to Stripe.
 * Nobody's ids are there.
 */
export function createMetrics({
  quarantine,
  attempts,
  mongo,
}: {
  readonly quarantine: Pick<QuarantineStore, 'count'>;
  readonly attempts: Pick<AttemptStore, 'countOpen'>;
  readonly mongo: Mongo;
}): { readonly registry: Registry; readonly onCall: StripeOptions['onCall'] } {
  const registry = new Registry();
  new Gauge({
    name: 'billingrails_invoicing_quarantined_messages',
    help: 'How many closed periods could not be made invoices and wait for a person, or for another version.',
    registers: [registry],
    async collect() {
      this.set(await quarantine.count());
    },
  });
  new Gauge({
    name: 'billingrails_invoicing_outbox_messages',
    help: 'How many messages of changes wait to be published.',
    registers: [registry],
    async collect() {
      this.set(await countOutbox(mongo.db));
    },
  });
  new Gauge({
    name: 'billingrails_invoicing_open_payment_attempts',
    help: 'How many attempts to take money have no outcome yet.',
    registers: [registry],
    async collect() {
      this.set(await attempts.countOpen());
    },
  });
  const calls = new Histogram({
    name: 'billingrails_invoicing_stripe_call_duration_seconds',
    help: 'How long calls to Stripe took, by how they ended; _count is how many there were.',
    labelNames: ['operation', 'outcome'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const onCall = (operation: string, outcome: string, seconds: number): void =>
    calls.observe({ operation, outcome }, seconds);
  return { registry, onCall };
}
