import { setImmediate as nextTurn } from 'node:timers/promises';
import PDFDocument from 'pdfkit';
import type { DocumentView } from '../views/document-view';
import { embedFacturX } from './factur-x';
import { Flow, type PageTable } from './flow';
import { headBlocks } from './head-blocks';
import { lineBlocks, sectionBlocks } from './line-blocks';
import { paymentBlocks } from './payment-blocks';
import { INK, Pen } from './pen';
import { BODY, BOTTOM, LEFT, MUTED, PAGE, RIGHT, TOP } from './page-measures';
import { carriedBlocks, carryBlock, tableHead } from './table-blocks';
import { noteBlocks, totalBlocks } from './total-blocks';
import { layUsageByDay } from './usage-blocks';
import { markVoid } from './void-mark';

/** Others get their turn after so many lines: a long invoice takes seconds. */
const LINES_AT_ONCE = 25;

/** What a PDF document is made of. */
export interface DocumentFile {
  readonly view: DocumentView;
  /** The date on it; it stands in place of the moment of printing, which would make every copy another. */
  readonly issueMs: number;
  /** What it says for programs, as CII. Unset: it holds nothing for them. */
  readonly xml?: string;
}

/**
 * A document as PDF/A-3b on A4, in pieces as they are made: what its page says. Tables repeat their head on every page
 * and carry their sum. The same document is the same bytes.
 */
export async function* documentPdf({
  view,
  issueMs,
  xml,
}: DocumentFile): AsyncGenerator<Uint8Array> {
  const document = new PDFDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    autoFirstPage: true,
    font: '',
    pdfVersion: '1.7',
    subset: 'PDF/A-3b',
    lang: view.words.language,
    displayTitle: true,
    info: {
      Title: view.title,
      Author: 'Billingrails',
      CreationDate: new Date(issueMs),
    },
  });
  const pen = new Pen(document);
  const addPage = () => void document.addPage();
  const flow = new Flow({ top: TOP, bottom: BOTTOM, addPage });
  flow.beginTable(linesTable(document, pen, view));
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
  await layUsageByDay(document, pen, flow, view);
  numberPages(document, pen, view);
  if (xml !== undefined) embedFacturX(document, { xml, issueMs });
  document.end();
  yield* document as unknown as AsyncIterable<Uint8Array>;
}

function linesTable(document: PDFKit.PDFDocument, pen: Pen, view: DocumentView): PageTable {
  return {
    continueTable: (carried) => [
      tableHead(document, pen, view),
      ...carriedBlocks(document, pen, view, carried),
    ],
    carryForward: (sum) => carryBlock(document, pen, view.words.carriedForward, sum),
  };
}

/** When it is known how many there are. */
function numberPages(document: PDFKit.PDFDocument, pen: Pen, view: DocumentView): void {
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
