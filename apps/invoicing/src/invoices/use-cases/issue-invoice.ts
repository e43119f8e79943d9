import { conflict } from '@billingrails/errors';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import type { DraftInvoice, FinalizedInvoice } from '../domain/invoice';
import { sameContent } from '../domain/same-content';
import type { InvoiceNumberStore } from '../../numbering/store/invoice-numbers';
import type { InvoiceStore } from '../store/invoices';

/** What issuing needs of the stores. */
export interface IssueStores {
  readonly mongo: Mongo;
  readonly invoices: InvoiceStore;
  readonly numbers: InvoiceNumberStore;
}

/** The invoice as it is stored now. */
export interface Issued {
  readonly invoice: FinalizedInvoice;
  /** False when it had been issued before: nothing was done. */
  readonly isNew: boolean;
}

/**
 * Stores the invoice and gives it the organisation's next number, in one transaction: both happen or neither. Doing it
 * again does nothing. Throws DomainError conflict when the billing period was invoiced with other content.
 */
export async function issueInvoice(
  { mongo, invoices, numbers }: IssueStores,
  draft: DraftInvoice,
  nowMs: () => number,
): Promise<Issued> {
  return inTransaction(mongo, async (session) => {
    const stored = await invoices.find(draft.organisationId, draft.id, session);
    if (stored === undefined) await invoices.insertDraft(draft, session);
    else if (!sameContent(stored, draft)) throw otherContent(draft);
    if (stored?.status === 'finalized') return { invoice: stored, isNew: false };
    const taken = await numbers.take(draft.organisationId, nowMs(), session);
    const invoice = finalizeInvoice(draft, taken.sequence, taken.finalizeMs);
    await invoices.finalize(invoice, taken.sequence, session);
    return { invoice, isNew: true };
  });
}

function otherContent({ billId, id }: DraftInvoice): Error {
  return conflict(
    'INVOICED_OTHERWISE',
    `The billing period ${billId} was invoiced with other content, as ${id}.`,
  );
}
