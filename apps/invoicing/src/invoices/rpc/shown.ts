import type { MessageInitShape } from '@bufbuild/protobuf';
import type { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { Stores } from '../../store/stores';
import { invoiceToProto } from '../contract/invoice';
import type { Invoice } from '../domain/invoice';

/** Invoices as they are answered: with what is paid of them, by the organisation's clock. */
export async function shownInvoices(
  { receivables, testClocks }: Pick<Stores, 'receivables' | 'testClocks'>,
  organisationId: OrganisationId,
  invoices: readonly Invoice[],
  { session, omitLines = false }: { session?: ClientSession; omitLines?: boolean } = {},
): Promise<MessageInitShape<typeof InvoiceSchema>[]> {
  const ids = invoices.map(({ id }) => id);
  const found = await receivables.findMany(organisationId, ids, session);
  const nowMs = await testClocks.present(organisationId, session);
  return invoices.map((invoice) =>
    invoiceToProto(invoice, found.get(invoice.id), nowMs, { omitLines }),
  );
}
