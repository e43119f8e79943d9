import { decimal, decimalText, type Decimal } from '@billingrails/money';
import { DAY_MS } from '@billingrails/time';
import type { UsageDay } from '../../explanations/usage-source';
import type { DailyUsage, UsageByDay } from '../../explanations/use-cases/usage-by-day';
import { timeZoneOf, type Invoice } from '../../invoices/domain/invoice';
import { countText, quantityText } from '../format-number';
import { dateText, dayText, periodText } from '../format-time';
import type { Words } from '../words';

/** What documents end with: the usage of lines by day. */
export interface AppendixView {
  readonly heading: string;
  readonly usages: readonly DailyUsageView[];
  /** What is not there, and why. */
  readonly notes: readonly string[];
}

export interface DailyUsageView {
  readonly name: string;
  /** Where it goes on on another page. */
  readonly continued: string;
  readonly quantity: string;
  /** May be empty. */
  readonly unit: string;
  /** Of when it is, and whose, where that is not the same on all lines. */
  readonly about: string;
  /** How the days stand to the quantity, where they do not add up to it, or why there are none. */
  readonly note?: string;
  /** Unset where there is nothing to compare. */
  readonly chart?: ChartView;
  /** Days with usage, to be read row by row. */
  readonly rows: readonly (readonly DayView[])[];
}

export interface DayView {
  readonly day: string;
  readonly quantity: string;
}

export interface ChartView {
  /** One for each day of the span, side by side. */
  readonly bars: readonly BarView[];
  /** Where 0 is, as the bars. */
  readonly base: number;
  readonly highest: string;
  readonly first: string;
  readonly last: string;
}

/** From 0, the chart's upper edge, to 1, its lower one; both the same: nothing is drawn. */
export interface BarView {
  readonly top: number;
  readonly bottom: number;
}

export const DAYS_A_ROW = 4;
/** What a day that is not 0 comes to at least, so that it is seen. */
const BAR_MIN = 0.015;
/** Of a longer span, days are named with their year. */
const YEAR_MS = 366 * DAY_MS;

const ZERO = decimal(0n);

/** Says the usage by day that an invoice's documents end with; undefined where there is none to be said. */
export function appendixView(
  invoice: Invoice,
  usageByDay: UsageByDay | 'unavailable' | undefined,
  words: Words,
): AppendixView | undefined {
  if (usageByDay === undefined) return undefined;
  const said = words.usageByDay;
  if (usageByDay === 'unavailable')
    return { heading: said.heading, usages: [], notes: [said.unavailable] };
  const { usages, furtherCount } = usageByDay;
  if (usages.length + furtherCount === 0) return undefined;
  const count = BigInt(furtherCount);
  return {
    heading: said.heading,
    usages: usages.map((usage) => dailyUsageView(invoice, usage, words)),
    notes: count === 0n ? [] : [said.further(countText(count, words.locale), count === 1n)],
  };
}

function dailyUsageView(invoice: Invoice, usage: DailyUsage, words: Words): DailyUsageView {
  const { section, line, days } = usage;
  const { timeZone } = section;
  const { usageByDay: said, locale } = words;
  const { startMs, endMs } = line.period;
  const day = (ms: number) =>
    endMs - startMs > YEAR_MS ? dateText(ms, timeZone, words) : dayText(ms, timeZone, words);
  const shown = days.filter(isUsed).map(({ period, quantity }) => ({
    day: day(period.startMs),
    quantity: quantityText(quantity ?? ZERO, locale),
  }));
  const note = noteOf(usage, shown.length > 0, words);
  const chart = chartOf(days, day, (quantity) => said.highest(quantityText(quantity, locale)));
  return {
    name: line.description,
    continued: said.continued(line.description),
    quantity: quantityText(line.quantity, locale),
    unit: line.unit,
    about: aboutText(invoice, usage, words),
    ...(note === undefined ? {} : { note }),
    ...(chart && { chart }),
    rows: Array.from({ length: Math.ceil(shown.length / DAYS_A_ROW) }, (_, row) =>
      shown.slice(row * DAYS_A_ROW, (row + 1) * DAYS_A_ROW),
    ),
  };
}

function isUsed({ quantity, eventCount }: UsageDay): boolean {
  return eventCount > 0n || !(quantity ?? ZERO).eq(ZERO);
}

function aboutText(invoice: Invoice, { section, line }: DailyUsage, words: Words): string {
  const { accountId, accountName, planName, timeZone } = section;
  const period = words.usageOf(periodText(line.period, timeZone, words));
  const zone = timeZone === timeZoneOf(invoice) ? '' : ` ${words.inTimeZone(timeZone)}`;
  const whose = accountName === '' ? accountId : accountName;
  return [
    `${period}${zone}`,
    ...(invoice.sections.length > 1 ? [planName] : []),
    ...(accountId === invoice.accountId ? [] : [`${words.forAccount} ${whose}`]),
  ].join(' · ');
}

function noteOf(
  { agreement }: DailyUsage,
  hasDays: boolean,
  { usageByDay: said }: Words,
): string | undefined {
  switch (agreement) {
    case 'gone':
      return said.gone;
    case 'differs':
      return said.differs;
    case 'no_sum':
      return said.noSum;
    case 'sum':
      return hasDays ? undefined : said.none;
  }
}

/** Bars are to compare at a glance: figures stand beside them, so they may be as exact as a pixel. */
function chartOf(
  days: readonly UsageDay[],
  dayOf: (ms: number) => string,
  highestOf: (quantity: Decimal) => string,
): ChartView | undefined {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  const quantities = days.map(({ quantity }) => quantity ?? ZERO);
  const most = quantities.reduce((high, each) => (each.cmp(high) > 0 ? each : high));
  const values = quantities.map((quantity) => Number(decimalText(quantity)));
  const [high, low] = [Math.max(0, ...values), Math.min(0, ...values)];
  const span = high - low;
  if (span === 0) return undefined;
  const base = high / span;
  return {
    bars: values.map((value) => barOf(value / span, base)),
    base,
    highest: highestOf(most),
    first: dayOf(first.period.startMs),
    last: dayOf(last.period.startMs),
  };
}

/** From the base up, or below 0 down. */
function barOf(height: number, base: number): BarView {
  if (height === 0) return { top: base, bottom: base };
  const seen = Math.max(Math.abs(height), BAR_MIN);
  return height > 0
    ? { top: Math.max(0, base - seen), bottom: base }
    : { top: base, bottom: Math.min(1, base + seen) };
}

/** The bars as a path of SVG, each one wide with a gap, the chart a hundred high. */
export function barsPath({ bars }: ChartView): string {
  return bars
    .flatMap(({ top, bottom }, index) =>
      top === bottom ? [] : [`M${index}.1 ${percent(top)}h.8V${percent(bottom)}h-.8z`],
    )
    .join('');
}

function percent(part: number): string {
  return String(Number((part * 100).toFixed(2)));
}
