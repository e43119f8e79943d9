import { assert } from '@billingrails/errors';
import { addToOutbox, type Mongo } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { invoiceChanged } from '../../invoices/contract/invoice-changed';
import type { InvoiceStore } from '../../invoices/store/invoices';
import { openOf, type Receivable } from '../domain/receivable';

/** Invoices that are read together, as they may be long. */
const TOGETHER = 50;

/**
 * Tells of invoices of which something was paid or taken off, in the transaction that did: paid where nothing is open
 * any more, else partly paid. `occasion` is the id of what paid.
 */
export async function tellPaid(
  { mongo, invoices }: { readonly mongo: Mongo; readonly invoices: InvoiceStore },
  session: ClientSession,
  receivables: readonly Receivable[],
  when: { readonly occasion: string; readonly occurMs: number; readonly createMs: number },
): Promise<void> {
  for (let from = 0; from < receivables.length; from += TOGETHER) {
    const some = receivables.slice(from, from + TOGETHER);
    const keys = some.map(({ invoiceId: id, organisationId }) => ({ id, organisationId }));
    const found = await invoices.findMany(keys, session);
    const messages = some.map((receivable) => {
      const invoice = found.get(receivable.invoiceId);
      assert(invoice !== undefined, 'what has a receivable is stored');
      const type = openOf(receivable) === 0n ? 'invoice.paid' : 'invoice.partly_paid';
      return invoiceChanged({ type, invoice, receivable, ...when });
    });
    await addToOutbox(mongo.db, session, ...messages);
  }
}
