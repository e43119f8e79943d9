import type { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { writeAs } from '../../e-invoices/contract/syntax';
import { readEInvoice } from '../../e-invoices/use-cases/read-e-invoice';
import { invoicePage } from '../../rendering/invoice-document';
import { inChunks, inParts } from '../../rendering/chunks';
import { invoicePdf } from '../../rendering/invoice-document';
import { readLanguage } from '../../rendering/read-language';
import type { ServiceParts } from '../../service-parts';
import { readDocument } from '../use-cases/read-document';

/** Invoices as documents: for people, and for programs. */
export function renderMethods(
  parts: ServiceParts,
): Pick<
  ServiceImpl<typeof InvoiceService>,
  'renderInvoice' | 'renderInvoicePdf' | 'renderInvoiceXml'
> {
  const { stores } = parts;
  return {
    async renderInvoice({ invoiceId, language }, context) {
      const { organisationId } = principalOf(context);
      const words = readLanguage(language, 'language');
      const asked = { organisationId, invoiceId, signal: context.signal };
      const { invoice, ...state } = await readDocument(parts, asked);
      return { html: invoicePage(invoice, words, state) };
    },

    async *renderInvoicePdf({ invoiceId, language }, context) {
      const { organisationId } = principalOf(context);
      const words = readLanguage(language, 'language');
      const asked = { organisationId, invoiceId, signal: context.signal };
      const { invoice, ...state } = await readDocument(parts, asked);
      const pdf = invoicePdf(invoice, words, state);
      for await (const content of inChunks(pdf)) yield { content };
    },

    async *renderInvoiceXml({ invoiceId, syntax }, context) {
      const { organisationId } = principalOf(context);
      const invoice = await readEInvoice(stores, organisationId, invoiceId);
      for (const content of inParts(writeAs(syntax, invoice))) yield { content };
    },
  };
}
