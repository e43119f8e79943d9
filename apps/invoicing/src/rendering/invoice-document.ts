import { eInvoiceOf } from '../e-invoices/domain/from-invoice';
import { gapsOf } from '../e-invoices/domain/gaps';
import { writeCii } from '../e-invoices/syntax/cii';
import type { Invoice } from '../invoices/domain/invoice';
import { documentPage } from './page/document-page';
import { documentPdf } from './pdf/document-pdf';
import { IN_FORCE, invoiceView, type DocumentState } from './views/invoice-view';
import type { Words } from './words';

/** The invoice as an HTML page, with the arithmetic of every line. */
export function invoicePage(invoice: Invoice, words: Words, state?: DocumentState): string {
  return documentPage(invoiceView(invoice, words, state));
}

/**
 * The invoice as a PDF/A-3b document: what its page says. A finalized one that can be an e-invoice, and is not void,
 * holds it for programs.
 */
export function invoicePdf(
  invoice: Invoice,
  words: Words,
  state: DocumentState = IN_FORCE,
): AsyncGenerator<Uint8Array> {
  const isElectronic =
    invoice.status === 'finalized' && !state.isVoid && gapsOf(invoice).length === 0;
  return documentPdf({
    view: invoiceView(invoice, words, state),
    issueMs: invoice.issueMs,
    ...(isElectronic && { xml: writeCii(eInvoiceOf(invoice)) }),
  });
}
