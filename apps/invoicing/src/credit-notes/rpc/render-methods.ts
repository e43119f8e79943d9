import type { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { writeAs } from '../../e-invoices/contract/syntax';
import { readECreditNote } from '../../e-invoices/use-cases/read-e-invoice';
import { creditNotePage, creditNotePdf } from '../../rendering/credit-note-document';
import { inChunks, inParts } from '../../rendering/chunks';
import { readLanguage } from '../../rendering/read-language';
import type { ServiceParts } from '../../service-parts';
import { creditNoteOfInvoice } from '../use-cases/credit-note-of-invoice';

/** Credit notes as documents: for people, and for programs. */
export function creditNoteRenderMethods({
  stores,
}: ServiceParts): Pick<
  ServiceImpl<typeof CreditNoteService>,
  'renderCreditNote' | 'renderCreditNotePdf' | 'renderCreditNoteXml'
> {
  return {
    async renderCreditNote({ creditNoteId, language }, context) {
      const { organisationId } = principalOf(context);
      const words = readLanguage(language, 'language');
      const document = await creditNoteOfInvoice(stores, organisationId, creditNoteId);
      return { html: creditNotePage(document, words) };
    },

    async *renderCreditNotePdf({ creditNoteId, language }, context) {
      const { organisationId } = principalOf(context);
      const words = readLanguage(language, 'language');
      const document = await creditNoteOfInvoice(stores, organisationId, creditNoteId);
      for await (const content of inChunks(creditNotePdf(document, words))) yield { content };
    },

    async *renderCreditNoteXml({ creditNoteId, syntax }, context) {
      const { organisationId } = principalOf(context);
      const creditNote = await readECreditNote(stores, organisationId, creditNoteId);
      for (const content of inParts(writeAs(syntax, creditNote))) yield { content };
    },
  };
}
