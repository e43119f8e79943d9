import { setImmediate as nextTurn } from 'node:timers/promises';
import PDFDocument from 'pdfkit';
import type { Invoice } from '../../invoices/domain/invoice';
import { IN_FORCE, invoiceView, type DocumentState, type InvoiceView } from '../invoice-view';
import type { Words } from '../words';
import { embedFacturX } from './factur-x';
import { Flow, type PageFrame } from './flow';
import { headBlocks } from './head-blocks';
import { lineBlocks, sectionBlocks } from './line-blocks';
import { paymentBlocks } from './payment-blocks';
import { INK, Pen } from './pen';
import { BODY, BOTTOM, LEFT, MUTED, PAGE, RIGHT, TOP } from './page-measures';
import { carriedBlocks, carryBlock, tableHead } from './table-blocks';
import { noteBlocks, totalBlocks } from './total-blocks';
import { markVoid } from './void-mark';

/** Others get their turn after so many lines: a long invoice takes seconds. */
const LINES_AT_ONCE = 25;

/**
 * The invoice as a PDF/A-3b document on A4, in pieces as they are made: what its page says, with the arithmetic of
 * every line. Tables repeat their head on every page and carry their sum. The same invoice in the same words is the
 * same document, byte by byte. A finalized one that can be an e-invoice, and is not void, holds it for programs.
 */
export async function* invoicePdf(
  invoice: Invoice,
  words: Words,
  state: DocumentState = IN_FORCE,
): AsyncGenerator<Uint8Array> {
  const view = invoiceView(invoice, words, state);
  const document = new PDFDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    autoFirstPage: true,
    font: '',
    pdfVersion: '1.7',
    subset: 'PDF/A-3b',
    lang: words.language,
    displayTitle: true,
    info: {
      Title: view.title,
      Author: 'Billingrails',
      // In place of the moment of printing, which would make every copy another.
      CreationDate: new Date(invoice.issueMs),
    },
  });
  const pen = new Pen(document);
  const flow = new Flow(pageFrame(document, pen, view));
  flow.lay(headBlocks(document, pen, view));
  let laid = 0;
  for (const section of view.sections) {
    flow.lay(sectionBlocks(document, pen, view, section));
    for (const line of section.lines) {
      flow.lay(lineBlocks(document, pen, view, line));
      laid += 1;
      if (laid % LINES_AT_ONCE === 0) await nextTurn();
    }
  }
  flow.lay(totalBlocks(pen, view));
  flow.endTable();
  flow.lay(paymentBlocks(document, pen, view));
  flow.lay(noteBlocks(document, pen, view));
  numberPages(document, pen, view);
  if (!state.isVoid) embedFacturX(document, invoice);
  document.end();
  yield* document as unknown as AsyncIterable<Uint8Array>;
}

function pageFrame(document: PDFKit.PDFDocument, pen: Pen, view: InvoiceView): PageFrame {
  return {
    top: TOP,
    bottom: BOTTOM,
    addPage: () => void document.addPage(),
    continueTable: (carried) => [
      tableHead(document, pen, view),
      ...carriedBlocks(document, pen, view, carried),
    ],
    carryForward: (sum) => carryBlock(document, pen, view.words.carriedForward, sum),
  };
}

/** When it is known how many there are. */
function numberPages(document: PDFKit.PDFDocument, pen: Pen, view: InvoiceView): void {
  const { start, count } = document.bufferedPageRange();
  for (let index = 0; index < count; index += 1) {
    document.switchToPage(start + index);
    markVoid(document, pen, view);
    const style = { size: 7.5, color: MUTED, width: BODY / 2 };
    const y = PAGE.height - 36;
    pen.write(pen.wrap(view.title, style), LEFT, y);
    const pages = view.words.page(String(index + 1), String(count));
    pen.write(pen.wrap(pages, { ...style, align: 'right' }), RIGHT - BODY / 2, y);
  }
  document.fillColor(INK);
}
