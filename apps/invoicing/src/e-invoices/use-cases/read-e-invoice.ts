import { precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { creditNoteOfInvoice } from '../../credit-notes/use-cases/credit-note-of-invoice';
import { readInvoice } from '../../invoices/use-cases/read-document';
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
  const { invoice, isVoid } = await readInvoice(stores, organisationId, invoiceId);
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
  const { creditNote, invoice } = await creditNoteOfInvoice(stores, organisationId, creditNoteId);
  requireNoGaps(invoice, gapsOf(invoice));
  return eCreditNoteOf(creditNote, invoice);
}
