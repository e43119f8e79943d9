import type { DocumentView } from '../views/document-view';
import type { Block } from './flow';
import { AMOUNT, DESCRIPTION, LEFT, MUTED, QUANTITY, RIGHT, RULE } from './page-measures';
import { INK, type Pen } from './pen';

const LABEL = { size: 8, color: MUTED };

/** A horizontal rule over the whole width. */
export function ruleAt(document: PDFKit.PDFDocument, y: number, color = RULE): void {
  document.moveTo(LEFT, y).lineTo(RIGHT, y).lineWidth(0.6).strokeColor(color).stroke();
}

/** The names of the columns; every page begins with them. */
export function tableHead(
  document: PDFKit.PDFDocument,
  pen: Pen,
  { columns, look }: DocumentView,
): Block {
  const description = pen.wrap(columns.description, { ...LABEL, width: DESCRIPTION.width });
  const quantity = pen.wrap(columns.quantity, { ...LABEL, width: QUANTITY.width, align: 'right' });
  const amount = pen.wrap(columns.amount, { ...LABEL, width: AMOUNT.width, align: 'right' });
  const height = Math.max(description.height, quantity.height, amount.height);
  return {
    height: height + 8,
    keepWithNext: true,
    draw(y) {
      pen.write(description, DESCRIPTION.x, y);
      pen.write(quantity, QUANTITY.x, y);
      pen.write(amount, AMOUNT.x, y);
      ruleAt(document, y + height + 4, look.accentColor ?? INK);
    },
  };
}

/** The sum of the lines up to the foot of a page. */
export function carryBlock(
  document: PDFKit.PDFDocument,
  pen: Pen,
  label: string,
  sum: string,
): Block {
  const style = { size: 8.5, color: MUTED };
  const name = pen.wrap(label, { ...style, width: QUANTITY.x - LEFT });
  const amount = pen.wrap(sum, { ...style, width: AMOUNT.width, align: 'right' });
  const height = Math.max(name.height, amount.height);
  return {
    height: height + 10,
    draw(y) {
      pen.write(name, LEFT, y + 4);
      pen.write(amount, AMOUNT.x, y + 4);
      ruleAt(document, y + height + 8);
    },
  };
}

/** What a page begins with where lines stand before it. */
export function carriedBlocks(
  document: PDFKit.PDFDocument,
  pen: Pen,
  { words }: DocumentView,
  sum: string | undefined,
): Block[] {
  return sum === undefined ? [] : [carryBlock(document, pen, words.broughtForward, sum)];
}
