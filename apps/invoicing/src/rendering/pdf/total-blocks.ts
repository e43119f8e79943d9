import type { InvoiceView } from '../invoice-view';
import type { TotalView } from '../totals-view';
import type { Block } from './flow';
import { kept, plainBlock } from './line-blocks';
import { LEFT, MUTED, RIGHT } from './page-measures';
import type { Pen } from './pen';
import { ruleAt } from './table-blocks';

const AMOUNT_WIDTH = 150;

/** The sums, which are not parted. */
export function totalBlocks(pen: Pen, { totals }: InvoiceView): Block[] {
  return kept(totals.map((total) => totalBlock(pen, total)));
}

/** The small print. */
export function noteBlocks(document: PDFKit.PDFDocument, pen: Pen, view: InvoiceView): Block[] {
  const { words, currencyCode, timeZone, finalized, invoiceId, sections } = view;
  const [first] = sections;
  const notes = [
    ...view.taxNotes,
    words.roundingRule(currencyCode),
    [words.daysOf(timeZone), ...(finalized === undefined ? [] : [finalized])].join(' '),
    [
      `${words.invoice} ${invoiceId}`,
      ...(first?.heading === undefined && first !== undefined
        ? [`${words.subscription} ${first.subscriptionId}`]
        : []),
    ].join(' · '),
  ];
  const small = { size: 7.5, color: MUTED };
  const rule = { height: 24, draw: (y: number) => ruleAt(document, y + 18) };
  return kept([rule, ...notes.map((note) => plainBlock(pen, note, small))]);
}

function totalBlock(pen: Pen, { label, amount, isMain }: TotalView): Block {
  const size = isMain ? 12 : 9.5;
  const name = pen.wrap(label, {
    ...{ size: 9.5, color: MUTED, align: 'right' },
    width: RIGHT - AMOUNT_WIDTH - LEFT,
  });
  const weight = isMain ? 700 : 400;
  const sum = pen.wrap(amount, { size, weight, width: AMOUNT_WIDTH, align: 'right' });
  const height = Math.max(name.height, sum.height);
  return {
    height: height + 6,
    draw(y) {
      pen.write(name, LEFT, y + 6 + (isMain ? 2 : 0));
      pen.write(sum, RIGHT - AMOUNT_WIDTH, y + 6);
    },
  };
}
