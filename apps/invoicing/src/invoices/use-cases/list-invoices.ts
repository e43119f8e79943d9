import type { OrganisationId } from '@billingrails/ids';
import type { PaymentStatus } from '../../receivables/domain/receivable';
import type { Stores } from '../../store/stores';
import type { InvoicePage, InvoiceQuery } from '../store/invoices';

/** Which invoices: by what they say, and by what is paid of them. */
export interface ListQuery extends InvoiceQuery {
  readonly paymentStatus?: PaymentStatus;
  /** Only what is overdue, by the organisation's clock. */
  readonly overdue: boolean;
}

/**
 * A page of invoices, newest first. What is asked by payments is found by the receivables, which drafts have none of.
 */
export async function listInvoices(
  { invoices, receivables, testClocks }: Pick<Stores, 'invoices' | 'receivables' | 'testClocks'>,
  organisationId: OrganisationId,
  query: ListQuery,
): Promise<InvoicePage> {
  const { paymentStatus, overdue, status, accountId, sectionAccountId, after, limit } = query;
  if (paymentStatus === undefined && !overdue) return invoices.list(organisationId, query);
  if (status === 'draft') return { invoices: [] };
  const found = await receivables.list(organisationId, {
    ...(accountId === undefined ? {} : { accountId }),
    ...(sectionAccountId === undefined ? {} : { sectionAccountId }),
    ...(paymentStatus === undefined ? {} : { status: paymentStatus }),
    ...(overdue ? { overdueAtMs: await testClocks.present(organisationId) } : {}),
    belowSequence: after?.sequence ?? Infinity,
    limit: limit + 1,
  });
  const places = found.map(({ invoiceId, sequence }) => ({ id: invoiceId, sequence }));
  return invoices.page(organisationId, places, limit);
}
