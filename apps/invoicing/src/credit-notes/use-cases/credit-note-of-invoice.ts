import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { FinalizedInvoice } from '../../invoices/domain/invoice';
import { existing } from '../../invoices/use-cases/existing';
import type { Stores } from '../../store/stores';
import type { CreditNote } from '../domain/credit-note';
import { existingCreditNote } from './create-credit-note';

/** The credit note that a request names, with the invoice that it takes back. */
export async function creditNoteOfInvoice(
  stores: Stores,
  organisationId: OrganisationId,
  creditNoteId: string,
): Promise<{ readonly creditNote: CreditNote; readonly invoice: FinalizedInvoice }> {
  const creditNote = await existingCreditNote(stores, organisationId, creditNoteId);
  const invoice = await existing(stores.invoices, organisationId, creditNote.invoiceId);
  assert(invoice.status === 'finalized', 'what a credit note takes back is finalized');
  return { creditNote, invoice };
}
