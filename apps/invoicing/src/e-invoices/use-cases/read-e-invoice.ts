import { assert, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { existingCreditNote } from '../../credit-notes/use-cases/create-credit-note';
import { existing } from '../../invoices/use-cases/existing';
import { readDocument } from '../../invoices/use-cases/read-document';
import { alreadyVoid } from '../../receivables/domain/receivable';
import type { Stores } from '../../store/stores';
import type { EInvoice } from '../domain/e-invoice';
import { eCreditNoteOf } from '../domain/from-credit-note';
import { eInvoiceOf } from '../domain/from-invoice';
import { gapsOf, requireNoGaps } from '../domain/gaps';

/** The invoice that a request names, as an e-invoice. Throws a DomainError where it can be none. */
export async function readEInvoice(
  stores: Stores,
  organisationId: OrganisationId,
  invoiceId: string,
): Promise<EInvoice> {
  const { invoice, isVoid } = await readDocument(stores, organisationId, invoiceId);
  if (invoice.status === 'draft')
    throw precondition('INVOICE_NOT_FINALIZED', 'The invoice is a draft: it has no number yet.');
  if (isVoid) throw alreadyVoid(invoice.number);
  requireNoGaps(invoice, gapsOf(invoice));
  return eInvoiceOf(invoice);
}

/** The credit note that a request names, as an e-invoice. Throws a DomainError where it can be none. */
export async function readECreditNote(
  stores: Stores,
  organisationId: OrganisationId,
  creditNoteId: string,
): Promise<EInvoice> {
  const creditNote = await existingCreditNote(stores, organisationId, creditNoteId);
  const invoice = await existing(stores.invoices, organisationId, creditNote.invoiceId);
  assert(invoice.status === 'finalized', 'what a credit note takes back is finalized');
  requireNoGaps(invoice, gapsOf(invoice));
  return eCreditNoteOf(creditNote, invoice);
}
