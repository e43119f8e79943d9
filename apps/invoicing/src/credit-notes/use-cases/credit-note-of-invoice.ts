import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Logo } from '../../branding/domain/logo';
import { logoOf } from '../../branding/use-cases/logos';
import type { FinalizedInvoice } from '../../invoices/domain/invoice';
import { existing } from '../../invoices/use-cases/existing';
import type { Stores } from '../../store/stores';
import type { CreditNote } from '../domain/credit-note';
import { existingCreditNote } from './create-credit-note';

/** What a credit note's documents are made of: it looks as the invoice does that it takes back. */
export interface CreditNoteOfInvoice {
  readonly creditNote: CreditNote;
  readonly invoice: FinalizedInvoice;
  readonly logo?: Logo;
}

/** The credit note that a request names, with its invoice. */
export async function creditNoteOfInvoice(
  stores: Stores,
  organisationId: OrganisationId,
  creditNoteId: string,
): Promise<CreditNoteOfInvoice> {
  const creditNote = await existingCreditNote(stores, organisationId, creditNoteId);
  const invoice = await existing(stores.invoices, organisationId, creditNote.invoiceId);
  assert(invoice.status === 'finalized', 'what a credit note takes back is finalized');
  const logo = await logoOf(stores, organisationId, invoice.terms.branding);
  return { creditNote, invoice, ...(logo && { logo }) };
}
