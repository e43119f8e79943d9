import type { DocumentView, LineView, SectionView, UsageView } from '../views/document-view';
import type { ArithmeticView, StepsView, StepView } from '../views/arithmetic-view';
import type { Block } from './flow';
import { AMOUNT, BODY, DESCRIPTION, LEFT, MUTED, QUANTITY, TINT } from './page-measures';
import { INK, type Pen, type TextStyle, type WrappedText } from './pen';
import { ruleAt } from './table-blocks';
import { isolated } from './text-runs';

const NAME: TextStyle = { size: 9.5, weight: 700 };
const FIGURE: TextStyle = { size: 9.5 };
const DETAIL: TextStyle = { size: 8 };
const SMALL: TextStyle = { size: 7.5, color: MUTED };

/** The heading of a section, where an invoice has several or it is another account's. */
export function sectionBlocks(
  document: PDFKit.PDFDocument,
  pen: Pen,
  view: DocumentView,
  { heading, lines }: SectionView,
): Block[] {
  const { words } = view;
  const empty = plainBlock(pen, view.empty, { ...DETAIL, color: MUTED });
  if (heading === undefined) return lines.length === 0 ? [empty] : [];
  const { planName, accountName = '', accountId, period, timeZone, total } = heading;
  const whose = accountName === '' ? '' : `${isolated(accountName)} `;
  const about = [
    ...(accountId === undefined ? [] : [`${words.forAccount} ${whose}${accountId}`]),
    timeZone === undefined ? period : `${period} ${words.inTimeZone(timeZone)}`,
    `${words.subscription} ${heading.subscriptionId}`,
  ].join(' · ');
  const name = pen.wrap(planName, { size: 12, weight: 700, width: QUANTITY.x - LEFT });
  const facts = pen.wrap(about, { ...SMALL, width: AMOUNT.x - 12 - LEFT });
  const sum = pen.wrap(total, { ...NAME, width: AMOUNT.width, align: 'right' });
  const block: Block = {
    height: 14 + name.height + facts.height + 6,
    keepWithNext: true,
    draw(y) {
      pen.write(name, LEFT, y + 14);
      pen.write(facts, LEFT, y + 14 + name.height);
      pen.write(sum, AMOUNT.x, y + 14 + 3);
      ruleAt(document, y + this.height - 2, INK);
    },
  };
  return lines.length === 0 ? [block, empty] : [block];
}

/** A line: its name and figures, what it is for, and how its amount came about. */
export function lineBlocks(
  document: PDFKit.PDFDocument,
  pen: Pen,
  { words, look }: DocumentView,
  line: LineView,
): Block[] {
  const { arithmetic, product, note, usage, sumSoFar } = line;
  const start = [
    nameBlock(pen, line),
    ...(product === undefined ? [] : [plainBlock(pen, isolated(product), SMALL)]),
    ...(note === undefined ? [] : [plainBlock(pen, note, SMALL)]),
    ...(usage === undefined ? [] : [plainBlock(pen, usageText(usage, words), SMALL)]),
  ];
  const end: Block = { height: 9, sum: sumSoFar, draw: (y) => ruleAt(document, y + 7) };
  if (arithmetic === undefined) return kept([...start, end]);
  switch (arithmetic.kind) {
    case 'formula':
      return kept([...start, plainBlock(pen, formulaText(arithmetic, words), DETAIL), end]);
    case 'steps': {
      // Where a page ends in it, that is between two steps, of which the first and the last are not left alone.
      const tint = look.tintColor ?? TINT;
      const steps = stepBlocks(document, pen, { words, tint }, arithmetic);
      const [head, between] = [steps.slice(0, 2), steps.slice(2, -2)];
      return [
        ...kept([...start, gap(3), ...head]),
        ...between,
        ...kept([
          ...steps.slice(Math.max(2, steps.length - 2)),
          gap(2),
          ...endBlocks(pen, words, arithmetic),
          end,
        ]),
      ];
    }
  }
}

/** Blocks that are not parted. */
export function kept(blocks: readonly Block[]): Block[] {
  return blocks.map((block, index) =>
    index < blocks.length - 1 ? { ...block, keepWithNext: true } : block,
  );
}

export function gap(height: number): Block {
  return { height, draw: () => undefined };
}

function nameBlock(pen: Pen, { description, quantity, unit, amount }: LineView): Block {
  const name = pen.wrap(description, { ...NAME, width: DESCRIPTION.width });
  const figure = unit === '' ? quantity : `${quantity} ${isolated(unit)}`;
  const count = pen.wrap(figure, { ...FIGURE, width: QUANTITY.width, align: 'right' });
  const sum = pen.wrap(amount, { ...NAME, width: AMOUNT.width, align: 'right' });
  return {
    height: 8 + Math.max(name.height, count.height, sum.height),
    draw(y) {
      pen.write(name, DESCRIPTION.x, y + 8);
      pen.write(count, QUANTITY.x, y + 8);
      pen.write(sum, AMOUNT.x, y + 8);
    },
  };
}

/** A text over the width of the table. */
export function plainBlock(pen: Pen, text: string, style: TextStyle): Block {
  const wrapped = pen.wrap(text, { ...style, width: BODY });
  return { height: wrapped.height, draw: (y) => pen.write(wrapped, LEFT, y) };
}

type PdfWords = DocumentView['words'];

function usageText({ period, events, meterId, profile, version }: UsageView, words: PdfWords) {
  const counted = `${words.profile} ${profile}${version === undefined ? '' : ` ${version}`}`;
  return [period, events, `${words.meter} ${meterId}`, counted].join(' · ');
}

function formulaText(arithmetic: ArithmeticView, words: PdfWords): string {
  const { ending, rounded } = arithmetic;
  return [
    ...(arithmetic.kind === 'formula' ? [arithmetic.formula] : []),
    ...(ending === undefined ? [] : [ending]),
    ...(rounded === undefined ? [] : [words.roundedTo(rounded)]),
  ].join(', ');
}

const STEP_LABEL = { x: LEFT + 8, width: 150 };
const STEP_CALCULATION = { x: LEFT + 166, width: BODY - 166 - 122 };
const STEP_AMOUNT = { x: LEFT + BODY - 116, width: 108 };

function stepBlocks(
  document: PDFKit.PDFDocument,
  pen: Pen,
  { words, tint }: { readonly words: PdfWords; readonly tint: string },
  { steps, sum }: StepsView,
): Block[] {
  const head = {
    label: words.step,
    calculation: words.calculation,
    amount: words.equalsAmount,
  };
  const block = (step: StepView, style: TextStyle) => stepBlock(document, pen, tint, step, style);
  return [
    block(head, SMALL),
    ...steps.map((step) => block(step, DETAIL)),
    block({ label: words.sum, calculation: '', amount: sum }, DETAIL),
  ];
}

function stepBlock(
  document: PDFKit.PDFDocument,
  pen: Pen,
  tint: string,
  { label, calculation, amount }: StepView,
  style: TextStyle,
): Block {
  const cells: [WrappedText, number][] = [
    [pen.wrap(label, { ...style, width: STEP_LABEL.width }), STEP_LABEL.x],
    [
      pen.wrap(calculation, { ...style, width: STEP_CALCULATION.width, align: 'right' }),
      STEP_CALCULATION.x,
    ],
    [pen.wrap(amount, { ...style, width: STEP_AMOUNT.width, align: 'right' }), STEP_AMOUNT.x],
  ];
  const height = Math.max(...cells.map(([text]) => text.height)) + 3;
  return {
    height,
    draw(y) {
      document.rect(LEFT, y, BODY, height).fill(tint);
      for (const [text, x] of cells) pen.write(text, x, y + 1.5);
    },
  };
}

/** What became of the steps' sum, where it is not the line's amount. */
function endBlocks(pen: Pen, words: PdfWords, arithmetic: ArithmeticView): Block[] {
  const text = formulaText(arithmetic, words);
  return text === '' ? [] : [plainBlock(pen, text, DETAIL)];
}
