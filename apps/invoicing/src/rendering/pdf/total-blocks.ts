import type { DocumentView } from '../views/document-view';
import type { TotalView } from '../views/totals-view';
import type { Block } from './flow';
import { gap, kept, plainBlock } from './line-blocks';
import { LEFT, MUTED, RIGHT } from './page-measures';
import { INK, type Pen } from './pen';
import { ruleAt } from './table-blocks';

const AMOUNT_WIDTH = 150;

/** The sums, which are not parted. */
export function totalBlocks(pen: Pen, { totals, look }: DocumentView): Block[] {
  return kept(totals.map((total) => totalBlock(pen, total, look.accentColor ?? INK)));
}

/** The small print. */
export function noteBlocks(document: PDFKit.PDFDocument, pen: Pen, view: DocumentView): Block[] {
  const ids = view.ids.map(({ label, id }) => `${label} ${id}`).join(' · ');
  const small = { size: 7.5, color: MUTED };
  const rule = { height: 24, draw: (y: number) => ruleAt(document, y + 18) };
  const { footer } = view.look;
  const blocks = [...view.notes, ids].map((note) => plainBlock(pen, note, small));
  const issuer = footer === '' ? [] : [gap(8), plainBlock(pen, footer, small)];
  return kept([rule, ...blocks, ...issuer]);
}

function totalBlock(pen: Pen, { label, amount, isMain }: TotalView, accent: string): Block {
  const size = isMain ? 12 : 9.5;
  const name = pen.wrap(label, {
    ...{ size: 9.5, color: MUTED, align: 'right' },
    width: RIGHT - AMOUNT_WIDTH - LEFT,
  });
  const weight = isMain ? 700 : 400;
  const sum = pen.wrap(amount, {
    ...{ size, weight, width: AMOUNT_WIDTH, align: 'right' },
    ...(isMain && { color: accent }),
  });
  const height = Math.max(name.height, sum.height);
  return {
    height: height + 6,
    draw(y) {
      pen.write(name, LEFT, y + 6 + (isMain ? 2 : 0));
      pen.write(sum, RIGHT - AMOUNT_WIDTH, y + 6);
    },
  };
}
