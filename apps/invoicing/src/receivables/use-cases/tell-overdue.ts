import { addToOutbox, inTransaction, type Mongo } from '@billingrails/mongo';
import type { OfClock, TestClockStore } from '../../clocks/store/test-clocks';
import { byEachClock } from '../../clocks/use-cases/by-each-clock';
import { invoiceChanged } from '../../invoices/contract/invoice-changed';
import type { InvoiceStore } from '../../invoices/store/invoices';
import type { ReceivableStore } from '../store/receivables';

/** What telling needs of the stores. */
export interface OverdueStores {
  readonly mongo: Mongo;
  readonly invoices: InvoiceStore;
  readonly receivables: ReceivableStore;
  readonly testClocks: TestClockStore;
}

/** Invoices that are told in one transaction. */
const TOGETHER = 50;

/**
 * Tells of each invoice that has become overdue, by the real time or by test clocks, those first that did first. Tells
 * whether there may be more. Two replicas may race, and a payment with both; each invoice is told once, while something
 * of it is open.
 */
export async function tellOverdue(stores: OverdueStores, nowMs: () => number): Promise<boolean> {
  return byEachClock(stores.testClocks, nowMs(), (untilMs, of) =>
    tellSome(stores, untilMs, of, nowMs),
  );
}

async function tellSome(
  { mongo, invoices, receivables }: OverdueStores,
  untilMs: number,
  of: OfClock,
  nowMs: () => number,
): Promise<boolean> {
  const seen = await receivables.overdueUntold(untilMs, of, TOGETHER);
  if (seen.length === 0) return false;
  await inTransaction(mongo, async (session) => {
    // As they are now: somebody may have told of one, or it was paid, since.
    const untold = await receivables.overdueUntold(untilMs, of, TOGETHER, session);
    const keys = untold.map(({ invoiceId: id, organisationId }) => ({ id, organisationId }));
    const found = await invoices.findMany(keys, session);
    const messages = untold.flatMap((receivable) => {
      const invoice = found.get(receivable.invoiceId);
      // It is being deleted with its test account.
      if (invoice === undefined) return [];
      const when = { occurMs: receivable.overdueMs, createMs: nowMs() };
      return [invoiceChanged({ type: 'invoice.overdue', invoice, receivable, ...when })];
    });
    await receivables.overdueTold(untold, session);
    await addToOutbox(mongo.db, session, ...messages);
  });
  return seen.length === TOGETHER;
}
