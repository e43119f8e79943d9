import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import { mutate } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { existing } from '../../invoices/use-cases/existing';
import { pageByKey } from '../../rpc/pages';
import type { ServiceParts } from '../../service-parts';
import { creditNoteToProto, dispositionFromProto, linesFromProto } from '../contract/credit-note';
import { createCreditNote, existingCreditNote } from '../use-cases/create-credit-note';
import { creditNoteRenderMethods } from './render-methods';

/** Takes back what invoices charged. */
export function creditNoteService(parts: ServiceParts): ServiceImpl<typeof CreditNoteService> {
  const { stores } = parts;
  const { mongo, creditNotes } = stores;
  return {
    ...creditNoteRenderMethods(parts),

    createCreditNote: (request, context) =>
      mutate(mongo, {
        ...{ method: CreditNoteService.method.createCreditNote, request },
        caller: principalOf(context),
        async prepare(organisationId) {
          const { invoiceId, reason } = request;
          const { total } = await existing(stores.invoices, organisationId, invoiceId);
          const lines = linesFromProto(request.lines, total.currencyCode);
          return {
            invoiceId,
            reason,
            lines,
            disposition: dispositionFromProto(request.disposition),
          };
        },
        async run(session, organisationId, draft) {
          const created = await createCreditNote(parts, session, organisationId, draft);
          return { creditNote: creditNoteToProto(created) };
        },
      }),

    async getCreditNote({ creditNoteId }, context) {
      const { organisationId } = principalOf(context);
      const creditNote = await existingCreditNote(stores, organisationId, creditNoteId);
      return { creditNote: creditNoteToProto(creditNote) };
    },

    async listCreditNotes(request, context) {
      const { organisationId } = principalOf(context);
      const { accountId, invoiceId } = request;
      const { items, nextPageToken } = await pageByKey(
        request,
        ({ after, limit }) =>
          creditNotes.list(organisationId, {
            ...(accountId === '' ? {} : { accountId }),
            ...(invoiceId === '' ? {} : { invoiceId }),
            ...(after === undefined ? {} : { afterId: after }),
            limit,
          }),
        ({ id }) => id,
      );
      return { creditNotes: items.map(creditNoteToProto), nextPageToken };
    },
  };
}
