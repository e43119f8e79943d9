import type { OrganisationId } from '@billingrails/ids';
import type { Logo } from '../../branding/domain/logo';
import { logoOf } from '../../branding/use-cases/logos';
import type { Stores } from '../../store/stores';
import type { Invoice } from '../domain/invoice';
import { existing } from './existing';

/** What an invoice's documents are made of. */
export interface DocumentOfInvoice {
  readonly invoice: Invoice;
  readonly isVoid: boolean;
  readonly logo?: Logo;
}

/** The invoice that a request names, with whether it is void and its logo. Throws a DomainError where there is none. */
export async function readDocument(
  stores: Pick<Stores, 'invoices' | 'receivables' | 'logos'>,
  organisationId: OrganisationId,
  invoiceId: string,
): Promise<DocumentOfInvoice> {
  const read = await readInvoice(stores, organisationId, invoiceId);
  const logo = await logoOf(stores, organisationId, read.invoice.terms.branding);
  return { ...read, ...(logo && { logo }) };
}

/** The invoice that a request names, with whether it is void. Throws a DomainError where there is none. */
export async function readInvoice(
  { invoices, receivables }: Pick<Stores, 'invoices' | 'receivables'>,
  organisationId: OrganisationId,
  invoiceId: string,
): Promise<Omit<DocumentOfInvoice, 'logo'>> {
  const invoice = await existing(invoices, organisationId, invoiceId);
  const found = await receivables.findMany(organisationId, [invoice.id]);
  return { invoice, isVoid: found.get(invoice.id)?.end?.kind === 'void' };
}
