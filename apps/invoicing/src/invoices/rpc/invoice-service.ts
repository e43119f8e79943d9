import type {
  InvoiceService,
  ListInvoicesRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { notFound } from '@billingrails/errors';
import { parseId, type OrganisationId } from '@billingrails/ids';
import { pageSize, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { invoiceToProto, statusFromProto } from '../contract/invoice';
import type { Invoice } from '../domain/invoice';
import { invoicePage } from '../../rendering/invoice-page';
import { readLanguage } from '../../rendering/read-language';
import type { InvoiceQuery, InvoiceStore } from '../store/invoices';
import { pageTokenOf, positionOf } from './page-token';

/** Shows the invoices of the caller's organisation. */
export function invoiceService(invoices: InvoiceStore): ServiceImpl<typeof InvoiceService> {
  return {
    async getInvoice({ invoiceId }, context) {
      const { organisationId } = principalOf(context);
      return { invoice: invoiceToProto(await existing(invoices, organisationId, invoiceId)) };
    },

    async listInvoices(request, context) {
      const { organisationId } = principalOf(context);
      const { invoices: found, last } = await invoices.list(organisationId, queryOf(request));
      return {
        invoices: found.map(invoiceToProto),
        nextPageToken: last === undefined ? '' : pageTokenOf(last),
      };
    },

    async renderInvoice({ invoiceId, language }, context) {
      const { organisationId } = principalOf(context);
      const words = readLanguage(language, 'language');
      return { html: invoicePage(await existing(invoices, organisationId, invoiceId), words) };
    },
  };
}

/** Another organisation's invoice looks exactly like none. */
async function existing(
  invoices: InvoiceStore,
  organisationId: OrganisationId,
  text: string,
): Promise<Invoice> {
  const id = parseId('inv', text);
  const invoice = id === undefined ? undefined : await invoices.find(organisationId, id);
  if (invoice === undefined) throw notFound('INVOICE_NOT_FOUND', 'There is no invoice of that id.');
  return invoice;
}

function queryOf(request: ListInvoicesRequest): InvoiceQuery {
  const status = statusFromProto(request.status);
  return {
    ...(request.accountId === '' ? {} : { accountId: request.accountId }),
    ...(request.sectionAccountId === '' ? {} : { sectionAccountId: request.sectionAccountId }),
    ...(status === undefined ? {} : { status }),
    ...(request.pageToken === '' ? {} : { after: positionOf(request.pageToken) }),
    limit: pageSize(request.pageSize),
  };
}
