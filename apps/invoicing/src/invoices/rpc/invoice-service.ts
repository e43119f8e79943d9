import type {
  InvoiceService,
  ListInvoicesRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { pageOfLines, pageSize, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { invoiceLinesToProto, statusFromProto } from '../contract/invoice';
import { paymentStatusFromProto } from '../../receivables/contract/receivable';
import type { ServiceParts } from '../../service-parts';
import { linePartToProto } from '../../explanations/rpc/line-part';
import { explainLine } from '../../explanations/use-cases/explain-line';
import { existing } from '../use-cases/existing';
import { listInvoices, type ListQuery } from '../use-cases/list-invoices';
import { createMethod } from './create-method';
import { lifecycleMethods } from './lifecycle-methods';
import { renderMethods } from './render-methods';
import { shownInvoices } from './shown';
import { pageTokenOf, positionOf } from './page-token';

/** Shows the invoices of the caller's organisation, and takes what is decided about them. */
export function invoiceService(parts: ServiceParts): ServiceImpl<typeof InvoiceService> {
  const { stores } = parts;
  return {
    ...createMethod(parts),
    ...lifecycleMethods(parts),
    ...renderMethods(parts),

    async getInvoice({ invoiceId, omitLines }, context) {
      const { organisationId } = principalOf(context);
      const invoice = await existing(stores.invoices, organisationId, invoiceId);
      const [shown] = await shownInvoices(stores, organisationId, [invoice], { omitLines });
      return { ...(shown && { invoice: shown }) };
    },

    async listInvoices(request, context) {
      const { organisationId } = principalOf(context);
      const { omitLines } = request;
      const { invoices, last } = await listInvoices(stores, organisationId, queryOf(request));
      return {
        invoices: await shownInvoices(stores, organisationId, invoices, { omitLines }),
        nextPageToken: last === undefined ? '' : pageTokenOf(last),
      };
    },

    async listInvoiceLines(request, context) {
      const { organisationId } = principalOf(context);
      const invoice = await existing(stores.invoices, organisationId, request.invoiceId);
      const { items, nextPageToken } = pageOfLines(invoiceLinesToProto(invoice), request);
      return { lines: items, nextPageToken };
    },

    async *explainLine(request, context) {
      const { organisationId } = principalOf(context);
      const wanted = { invoices: stores.invoices, usageSource: parts.usageSource };
      for await (const part of explainLine(wanted, organisationId, request, context.signal))
        yield linePartToProto(part);
    },
  };
}

function queryOf(request: ListInvoicesRequest): ListQuery {
  const status = statusFromProto(request.status);
  const paymentStatus = paymentStatusFromProto(request.paymentStatus);
  return {
    ...(request.accountId === '' ? {} : { accountId: request.accountId }),
    ...(request.sectionAccountId === '' ? {} : { sectionAccountId: request.sectionAccountId }),
    ...(status === undefined ? {} : { status }),
    ...(paymentStatus === undefined ? {} : { paymentStatus }),
    overdue: request.overdue,
    ...(request.pageToken === '' ? {} : { after: positionOf(request.pageToken) }),
    limit: pageSize(request.pageSize),
  };
}
