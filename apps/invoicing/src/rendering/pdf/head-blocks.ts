import type { FactView } from '../views/facts-view';
import type { DocumentView } from '../views/document-view';
import type { Block } from './flow';
import { gap, plainBlock } from './line-blocks';
import { BODY, LEFT, MUTED, RIGHT, WARNING } from './page-measures';
import { INK, type Pen, type TextStyle, type WrappedText } from './pen';
import { ruleAt, tableHead } from './table-blocks';

const LABEL: TextStyle = { size: 8, color: MUTED };

/** What the first page begins with: what it is, how much is due, who owes it, and the head of the table. */
export function headBlocks(document: PDFKit.PDFDocument, pen: Pen, view: DocumentView): Block[] {
  const memo = view.memo === '' ? [] : [plainBlock(pen, view.memo, { size: 9 }), gap(14)];
  return [
    ...logoBlocks(document, view),
    titleBlock(pen, view),
    factsBlock(document, pen, view),
    ...memo,
    tableHead(document, pen, view),
  ];
}

function logoBlocks(document: PDFKit.PDFDocument, { look: { logo } }: DocumentView): Block[] {
  if (logo === undefined) return [];
  const { content, width, height } = logo;
  return [
    {
      height: height + 14,
      draw(y) {
        document.image(Buffer.from(content), LEFT, y, { width, height });
      },
    },
  ];
}

function titleBlock(pen: Pen, view: DocumentView): Block {
  const half = BODY / 2 - 12;
  const color = view.look.accentColor ?? INK;
  const right = { width: half, align: 'right' } as const;
  const left = [
    pen.wrap(view.heading, { size: 20, weight: 700, width: half, color }),
    pen.wrap(view.number, { size: 11, color: MUTED, width: half }),
    ...(view.void === undefined
      ? []
      : [pen.wrap(view.void.note, { size: 9, color: WARNING, width: half })]),
  ];
  const due = [
    pen.wrap(view.due.label, { ...LABEL, ...right }),
    pen.wrap(view.due.amount, { size: 17, weight: 700, color, ...right }),
  ];
  return {
    height: Math.max(heightOf(left), heightOf(due)) + 24,
    draw(y) {
      writeBelow(pen, left, LEFT, y);
      writeBelow(pen, due, RIGHT - half, y);
    },
  };
}

/** On the left who owes and who sells; beside them, three in a row, for what and until when. */
function factsBlock(document: PDFKit.PDFDocument, pen: Pen, view: DocumentView): Block {
  const party = { x: LEFT, width: PARTY_WIDTH - 16 };
  const parties = view.parties.flatMap((fact, index) => [
    ...(index === 0 ? [] : [gapOf(pen)]),
    ...factTexts(pen, fact, party.width),
  ]);
  const width = (BODY - PARTY_WIDTH) / FACTS_IN_ROW;
  const cells = view.facts.map((fact) => factTexts(pen, fact, width - 12));
  const rows = Array.from({ length: Math.ceil(cells.length / FACTS_IN_ROW) }, (_, row) => {
    const texts = cells.slice(row * FACTS_IN_ROW, (row + 1) * FACTS_IN_ROW);
    return { texts, height: Math.max(...texts.map(heightOf)) + FACT_GAP };
  });
  const height = Math.max(
    heightOf(parties),
    rows.reduce((sum, row) => sum + row.height, -FACT_GAP),
  );
  return {
    height: height + 44,
    draw(y) {
      ruleAt(document, y);
      writeBelow(pen, parties, party.x, y + 12);
      let top = y + 12;
      for (const row of rows) {
        for (const [column, texts] of row.texts.entries())
          writeBelow(pen, texts, LEFT + PARTY_WIDTH + column * width, top);
        top += row.height;
      }
      ruleAt(document, y + height + 24);
    },
  };
}

const PARTY_WIDTH = BODY * 0.34;
const FACTS_IN_ROW = 3;
const FACT_GAP = 10;

function factTexts(pen: Pen, { label, values, id }: FactView, width: number): WrappedText[] {
  return [
    pen.wrap(label, { ...LABEL, width }),
    ...values.map((value) => pen.wrap(value, { size: 9.5, width })),
    ...(id === undefined ? [] : [pen.wrap(id, { ...LABEL, width })]),
  ];
}

function gapOf(pen: Pen): WrappedText {
  return pen.wrap('', { size: FACT_GAP / 1.4, width: BODY });
}

function heightOf(texts: readonly WrappedText[]): number {
  return texts.reduce((sum, { height }) => sum + height, 0);
}

function writeBelow(pen: Pen, texts: readonly WrappedText[], x: number, y: number): void {
  let top = y;
  for (const text of texts) {
    pen.write(text, x, top);
    top += text.height;
  }
}
