import type { OrganisationId } from '@billingrails/ids';
import type { Stores } from '../../store/stores';
import type { Invoice } from '../domain/invoice';
import { existing } from './existing';

/** The invoice that a request names, with whether it is void. Throws a DomainError where there is none. */
export async function readDocument(
  { invoices, receivables }: Pick<Stores, 'invoices' | 'receivables'>,
  organisationId: OrganisationId,
  invoiceId: string,
): Promise<{ readonly invoice: Invoice; readonly isVoid: boolean }> {
  const invoice = await existing(invoices, organisationId, invoiceId);
  const found = await receivables.findMany(organisationId, [invoice.id]);
  return { invoice, isVoid: found.get(invoice.id)?.end?.kind === 'void' };
}
