import {
  InvoiceService,
  type UpdateDraftInvoiceRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { mutate } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { markUncollectible, voidInvoice } from '../../receivables/use-cases/end-receivable';
import type { ServiceParts } from '../../service-parts';
import type { TermsEdit } from '../domain/edit-draft';
import { finalizeNow, updateDraft } from '../use-cases/decide-drafts';
import { shownInvoices } from './shown';

const { method } = InvoiceService;

/** What is decided about drafts, and about invoices that are not paid. */
export function lifecycleMethods({
  stores,
  nowMs,
}: ServiceParts): Pick<
  ServiceImpl<typeof InvoiceService>,
  'updateDraftInvoice' | 'finalizeInvoice' | 'voidInvoice' | 'markInvoiceUncollectible'
> {
  const { mongo } = stores;
  return {
    updateDraftInvoice: (request, context) =>
      mutate(mongo, {
        ...{ method: method.updateDraftInvoice, request },
        caller: principalOf(context),
        async run(session, organisationId) {
          const { invoiceId } = request;
          const edit = editOf(request);
          const draft = await updateDraft(stores, session, organisationId, invoiceId, edit);
          const [invoice] = await shownInvoices(stores, organisationId, [draft], { session });
          return { ...(invoice && { invoice }) };
        },
      }),

    finalizeInvoice: (request, context) =>
      mutate(mongo, {
        ...{ method: method.finalizeInvoice, request },
        caller: principalOf(context),
        async run(session, organisationId) {
          const { invoiceId } = request;
          const done = await finalizeNow(stores, session, organisationId, invoiceId, nowMs);
          const [invoice] = await shownInvoices(stores, organisationId, done, { session });
          return { ...(invoice && { invoice }) };
        },
      }),

    voidInvoice: (request, context) =>
      mutate(mongo, {
        ...{ method: method.voidInvoice, request },
        caller: principalOf(context),
        async run(session, organisationId) {
          const done = await voidInvoice(stores, session, organisationId, request);
          const both = [done.invoice, ...(done.draft ? [done.draft] : [])];
          const [invoice, draft] = await shownInvoices(stores, organisationId, both, { session });
          return { ...(invoice && { invoice }), ...(draft && { draft }) };
        },
      }),

    markInvoiceUncollectible: (request, context) =>
      mutate(mongo, {
        ...{ method: method.markInvoiceUncollectible, request },
        caller: principalOf(context),
        async run(session, organisationId) {
          const marked = await markUncollectible(stores, session, organisationId, request);
          const [invoice] = await shownInvoices(stores, organisationId, [marked], { session });
          return { ...(invoice && { invoice }) };
        },
      }),
  };
}

/** What is to stand on a draft. */
export function editOf(
  request: Pick<
    UpdateDraftInvoiceRequest,
    'dueDate' | 'purchaseOrderNumber' | 'memo' | 'customFields'
  >,
): TermsEdit {
  const { dueDate, purchaseOrderNumber, memo, customFields } = request;
  return {
    ...(dueDate === '' ? {} : { dueDate }),
    ...(purchaseOrderNumber === undefined ? {} : { purchaseOrderNumber }),
    ...(memo === undefined ? {} : { memo }),
    ...(customFields && {
      customFields: customFields.fields.map(({ name, value }) => ({ name, value })),
    }),
  };
}
