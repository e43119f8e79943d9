import { notFound } from '@billingrails/errors';
import { parseId, type OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { Invoice } from '../domain/invoice';
import type { InvoiceStore } from '../store/invoices';

/** The invoice that a request names. Another organisation's looks exactly like none. */
export async function existing(
  invoices: InvoiceStore,
  organisationId: OrganisationId,
  text: string,
  session?: ClientSession,
): Promise<Invoice> {
  const id = parseId('inv', text);
  const invoice = id === undefined ? undefined : await invoices.find(organisationId, id, session);
  if (invoice === undefined) throw notFound('INVOICE_NOT_FOUND', 'There is no invoice of that id.');
  return invoice;
}
