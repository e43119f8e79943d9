import { OUTBOX, type Mongo } from '@billingrails/mongo';
import { Gauge, Registry } from 'prom-client';
import type { QuarantineStore } from './intake/store/quarantine';

/** The metrics of what waits in invoicing, the same whichever replica tells them. Nobody's ids are there. */
export function createMetrics({
  quarantine,
  mongo,
}: {
  readonly quarantine: Pick<QuarantineStore, 'count'>;
  readonly mongo: Mongo;
}): Registry {
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
      this.set(await mongo.db.collection(OUTBOX).estimatedDocumentCount());
    },
  });
  return registry;
}
