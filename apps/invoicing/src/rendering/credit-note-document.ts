import type { CreditNoteOfInvoice } from '../credit-notes/use-cases/credit-note-of-invoice';
import { eCreditNoteOf } from '../e-invoices/domain/from-credit-note';
import { gapsOf } from '../e-invoices/domain/gaps';
import { writeCii } from '../e-invoices/syntax/cii';
import { documentPage } from './page/document-page';
import { documentPdf } from './pdf/document-pdf';
import { creditNoteView } from './views/credit-note-view';
import type { Words } from './words';

/** The credit note as an HTML page. */
export function creditNotePage(of: CreditNoteOfInvoice, words: Words): string {
  return documentPage(creditNoteView(of, words));
}

/**
 * The credit note as a PDF/A-3b document: what its page says. One whose invoice can be an e-invoice holds it for
 * programs.
 */
export function creditNotePdf(of: CreditNoteOfInvoice, words: Words): AsyncGenerator<Uint8Array> {
  const { creditNote, invoice } = of;
  return documentPdf({
    view: creditNoteView(of, words),
    issueMs: creditNote.issueMs,
    ...(gapsOf(invoice).length === 0 && { xml: writeCii(eCreditNoteOf(creditNote, invoice)) }),
  });
}
