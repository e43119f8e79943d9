import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DocumentView } from '../views/document-view';
import { DAYS_A_ROW, type ChartView, type DailyUsageView, type DayView } from '../views/usage-view';
import type { Block, Flow } from './flow';
import { gap, kept, plainBlock } from './line-blocks';
import { BODY, LEFT, MUTED, RIGHT, RULE } from './page-measures';
import { INK, type Pen, type TextStyle } from './pen';
import { ruleAt } from './table-blocks';
import { isolated } from './text-runs';

const NAME: TextStyle = { size: 9.5, weight: 700 };
const SMALL: TextStyle = { size: 7.5, color: MUTED };
const FIGURE: TextStyle = { size: 7.5 };

const CHART_HEIGHT = 40;
const CELL_GAP = 18;
const CELL_WIDTH = (BODY - (DAYS_A_ROW - 1) * CELL_GAP) / DAYS_A_ROW;
const FIGURE_WIDTH = 190;

/** Lays the usage of lines by day on pages of their own, which repeat their head. Others get their turn in between. */
export async function layUsageByDay(
  document: PDFKit.PDFDocument,
  pen: Pen,
  flow: Flow,
  { appendix, look }: DocumentView,
): Promise<void> {
  if (appendix === undefined) return;
  const color = look.accentColor ?? INK;
  const heading = headingBlock(document, pen, appendix.heading, { size: 14, weight: 700, color });
  const again = headingBlock(document, pen, appendix.heading, SMALL);
  flow.startPart();
  flow.lay(kept([gap(flow.isAtTop() ? 0 : 32), heading, gap(2)]));
  for (const usage of appendix.usages) {
    flow.beginTable({ continueTable: () => [again] });
    const rows = usage.rows.map((row) => rowBlock(pen, row));
    // The first days stay with the head, the last are not left alone.
    const [begin, between, end] = [rows.slice(0, 2), rows.slice(2, -2), rows.slice(2).slice(-2)];
    flow.lay(kept([...usageHead(document, pen, usage, color), ...begin]));
    const continued = [
      again,
      plainBlock(pen, isolated(usage.continued), { ...NAME, size: 8 }),
      gap(3),
    ];
    flow.beginTable({ continueTable: () => continued });
    flow.lay([...between, ...kept(end)]);
    await nextTurn();
  }
  flow.endTable();
  flow.lay(appendix.notes.flatMap((note) => [gap(8), plainBlock(pen, note, FIGURE)]));
}

function headingBlock(
  document: PDFKit.PDFDocument,
  pen: Pen,
  text: string,
  style: TextStyle,
): Block {
  const heading = pen.wrap(text, { ...style, width: BODY });
  return {
    height: heading.height + 8,
    keepWithNext: true,
    draw(y) {
      pen.write(heading, LEFT, y);
      ruleAt(document, y + heading.height + 4, style.color);
    },
  };
}

/** What is used, how much, of when, and the days side by side. */
function usageHead(
  document: PDFKit.PDFDocument,
  pen: Pen,
  { name, quantity, unit, about, note, chart }: DailyUsageView,
  color: string,
): Block[] {
  const title = pen.wrap(name, { ...NAME, width: BODY - FIGURE_WIDTH - 12 });
  const figure = pen.wrap(unit === '' ? quantity : `${quantity} ${isolated(unit)}`, {
    ...{ ...NAME, width: FIGURE_WIDTH, align: 'right' },
  });
  const height = Math.max(title.height, figure.height);
  return [
    {
      height: height + 14,
      draw(y) {
        pen.write(title, LEFT, y + 14);
        pen.write(figure, RIGHT - FIGURE_WIDTH, y + 14);
      },
    },
    plainBlock(pen, about, SMALL),
    ...(note === undefined ? [] : [plainBlock(pen, note, FIGURE)]),
    ...(chart === undefined ? [] : [chartBlock(document, pen, chart, color)]),
    gap(3),
  ];
}

function chartBlock(
  document: PDFKit.PDFDocument,
  pen: Pen,
  { bars, base, highest, first, last }: ChartView,
  color: string,
): Block {
  const label = { size: 6.5, color: MUTED, width: BODY / 2 };
  const most = pen.wrap(highest, { ...label, align: 'right' });
  const start = pen.wrap(first, label);
  const end = pen.wrap(last, { ...label, align: 'right' });
  const step = BODY / bars.length;
  return {
    height: most.height + CHART_HEIGHT + start.height + 6,
    draw(y) {
      const top = y + most.height + 2;
      pen.write(most, RIGHT - BODY / 2, y);
      for (const [index, bar] of bars.entries())
        document.rect(
          LEFT + (index + 0.1) * step,
          top + bar.top * CHART_HEIGHT,
          step * 0.8,
          (bar.bottom - bar.top) * CHART_HEIGHT,
        );
      document.fill(color);
      ruleAt(document, top + base * CHART_HEIGHT, RULE);
      pen.write(start, LEFT, top + CHART_HEIGHT + 2);
      pen.write(end, RIGHT - BODY / 2, top + CHART_HEIGHT + 2);
    },
  };
}

/** Days beside each other. */
function rowBlock(pen: Pen, row: readonly DayView[]): Block {
  const cells = row.map(({ day, quantity }) => {
    const name = pen.wrap(day, { ...SMALL, width: CELL_WIDTH * 0.6 });
    const width = CELL_WIDTH - Math.max(...name.lines.map((line) => line.width)) - 6;
    return { name, width, figure: pen.wrap(quantity, { ...FIGURE, width, align: 'right' }) };
  });
  return {
    height: Math.max(...cells.flatMap(({ name, figure }) => [name.height, figure.height])) + 1,
    draw(y) {
      for (const [index, { name, figure, width }] of cells.entries()) {
        const x = LEFT + index * (CELL_WIDTH + CELL_GAP);
        pen.write(name, x, y);
        pen.write(figure, x + CELL_WIDTH - width, y);
      }
    },
  };
}
