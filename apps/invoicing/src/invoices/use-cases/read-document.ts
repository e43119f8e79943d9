import type { OrganisationId } from '@billingrails/ids';
import type { Logo } from '../../branding/domain/logo';
import { logoOf } from '../../branding/use-cases/logos';
import type { UsageSource } from '../../explanations/usage-source';
import { usageByDay, type UsageByDay } from '../../explanations/use-cases/usage-by-day';
import type { Stores } from '../../store/stores';
import type { Invoice } from '../domain/invoice';
import { existing } from './existing';

/** What an invoice's documents are made of. */
export interface DocumentOfInvoice {
  readonly invoice: Invoice;
  readonly isVoid: boolean;
  readonly logo?: Logo;
  /** Unset where its terms do not want it. */
  readonly usageByDay?: UsageByDay | 'unavailable';
}

/** What reading them needs. */
export interface DocumentParts {
  readonly stores: Pick<Stores, 'invoices' | 'receivables' | 'logos'>;
  readonly usageSource: UsageSource;
}

/**
 * The invoice that a request names, with whether it is void, its logo, and the usage by day where its terms want it.
 * Throws a DomainError where there is none.
 */
export async function readDocument(
  { stores, usageSource }: DocumentParts,
  {
    organisationId,
    invoiceId,
    signal,
  }: {
    readonly organisationId: OrganisationId;
    readonly invoiceId: string;
    readonly signal: AbortSignal;
  },
): Promise<DocumentOfInvoice> {
  const read = await readInvoice(stores, organisationId, invoiceId);
  const { terms } = read.invoice;
  const logo = await logoOf(stores, organisationId, terms.branding);
  const isWanted = terms.usageByDay === true;
  const usage = isWanted ? await usageByDay(usageSource, read.invoice, signal) : undefined;
  return { ...read, ...(logo && { logo }), ...(usage && { usageByDay: usage }) };
}

/** The invoice that a request names, with whether it is void. Throws a DomainError where there is none. */
export async function readInvoice(
  { invoices, receivables }: Pick<Stores, 'invoices' | 'receivables'>,
  organisationId: OrganisationId,
  invoiceId: string,
): Promise<Pick<DocumentOfInvoice, 'invoice' | 'isVoid'>> {
  const invoice = await existing(invoices, organisationId, invoiceId);
  const found = await receivables.findMany(organisationId, [invoice.id]);
  return { invoice, isVoid: found.get(invoice.id)?.end?.kind === 'void' };
}
