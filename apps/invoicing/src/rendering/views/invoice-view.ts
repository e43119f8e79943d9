import type { Money } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import {
  timeZoneOf,
  type Invoice,
  type InvoiceLine,
  type InvoiceSection,
} from '../../invoices/domain/invoice';
import type { UsageByDay } from '../../explanations/use-cases/usage-by-day';
import type { Logo } from '../../branding/domain/logo';
import { arithmeticView } from './arithmetic-view';
import type { ColumnsView, DocumentView, LineView, SectionView } from './document-view';
import { factsView } from './facts-view';
import { amountText, countText, quantityText } from '../format-number';
import { periodText, timeText } from '../format-time';
import { lookView } from './look-view';
import { paymentView } from './payment-view';
import { totalsView } from './totals-view';
import { appendixView } from './usage-view';
import type { Words } from '../words';

/** What documents of an invoice say beside it: whether it is void, its logo, and the usage behind it. */
export interface DocumentState {
  readonly isVoid: boolean;
  readonly logo?: Logo;
  /** Unset where its terms do not want it. */
  readonly usageByDay?: UsageByDay | 'unavailable';
}

export const IN_FORCE: DocumentState = { isVoid: false };

/** Says an invoice in the words and figures of its page. */
export function invoiceView(
  invoice: Invoice,
  words: Words,
  { isVoid, logo, usageByDay }: DocumentState = IN_FORCE,
): DocumentView {
  const payment = isVoid ? undefined : paymentView(invoice, words);
  const { total, sections } = invoice;
  const timeZone = timeZoneOf(invoice);
  const sum: RunningSum = { currencyCode: total.currencyCode, minorUnits: 0n };
  const place = { invoice, timeZone, words, sum };
  const { taxNotes, ...sums } = totalsView(invoice, words);
  const views = sections.map((section) => sectionView(section, place));
  const appendix = appendixView(invoice, usageByDay, words);
  return {
    words,
    ...headingView(invoice, words),
    look: lookView(invoice.terms.branding, logo),
    ...factsView(invoice, words),
    memo: invoice.terms.memo,
    ...sums,
    columns: columnsView(total.currencyCode, words),
    empty: words.nothingCharged,
    sections: views,
    ...(payment && { payment }),
    ...(isVoid && { void: { mark: words.void, note: words.voidNote } }),
    notes: [
      ...taxNotes,
      words.roundingRule(total.currencyCode),
      [words.daysOf(timeZone), ...finalizedText(invoice, timeZone, words)].join(' '),
    ],
    ids: [
      { label: words.invoice, id: invoice.id },
      ...(views[0]?.heading === undefined && sections[0]?.subscriptionId !== undefined
        ? [{ label: words.subscription, id: sections[0].subscriptionId }]
        : []),
    ],
    ...(appendix && { appendix }),
  };
}

/** The heads of a table of amounts. */
export function columnsView(currencyCode: string, words: Words): ColumnsView {
  const { description, quantity } = words;
  return { description, quantity, amount: words.amountIn(currencyCode) };
}

/** The sum of the lines that were said so far. */
type RunningSum = { -readonly [K in keyof Money]: Money[K] };

interface SectionPlace {
  readonly invoice: Invoice;
  /** The page's. */
  readonly timeZone: string;
  readonly words: Words;
  readonly sum: RunningSum;
}

function sectionView(section: InvoiceSection, place: SectionPlace): SectionView {
  const { period, timeZone, lines, subscriptionId = '', planName, total } = section;
  const { words, invoice, sum } = place;
  const { accountId, sections } = invoice;
  const wholePeriod = periodText(period, timeZone, words);
  // Writing a period takes long beside a thousand lines, and theirs is that of the section.
  const usagePeriodText = (span: Period) =>
    span.startMs === period.startMs && span.endMs === period.endMs
      ? wholePeriod
      : periodText(span, timeZone, words);
  const isOthers = section.accountId !== accountId;
  const heading = {
    planName,
    ...(isOthers ? { accountName: section.accountName, accountId: section.accountId } : {}),
    period: wholePeriod,
    ...(timeZone === place.timeZone ? {} : { timeZone }),
    total: amountText(total, words.locale),
    subscriptionId,
  };
  return {
    ...(sections.length > 1 || isOthers ? { heading } : {}),
    lines: lines.map((line) => {
      sum.minorUnits += line.amount.minorUnits;
      const sumSoFar = amountText(sum, words.locale);
      return { ...lineView(line, period, usagePeriodText, words), sumSoFar };
    }),
  };
}

function headingView(
  invoice: Invoice,
  words: Words,
): Pick<DocumentView, 'title' | 'heading' | 'number'> {
  if (invoice.status === 'draft')
    return { title: words.draftInvoice, heading: words.draftInvoice, number: words.notFinal };
  const { number } = invoice;
  return { title: `${words.invoice} ${number}`, heading: words.invoice, number };
}

/** Of a draft, nothing. */
function finalizedText(invoice: Invoice, timeZone: string, words: Words): string[] {
  return invoice.status === 'draft'
    ? []
    : [words.finalized(timeText(wholeSecond(invoice.finalizeMs), timeZone, words))];
}

/** Without what nobody reads. */
export function wholeSecond(ms: number): number {
  return ms - (ms % 1000);
}

function noteOf(
  { period, usage, kind, reason }: InvoiceLine,
  whole: Period,
  periodTextOf: (span: Period) => string,
  words: Words,
): string {
  const isWhole = period.startMs === whole.startMs && period.endMs === whole.endMs;
  const isSpan = usage === undefined && kind !== 'one_off' && !isWhole;
  const spans = isSpan ? [words.forPeriod(periodTextOf(period))] : [];
  const because = [
    ...(kind === 'adjustment' ? [words.adjustment] : []),
    ...(reason === undefined ? [] : [words.reasons[reason]]),
  ].join(': ');
  return [...spans, ...(because === '' ? [] : [because])].join(' · ');
}

function lineView(
  line: InvoiceLine,
  whole: Period,
  usagePeriodText: (span: Period) => string,
  words: Words,
): Omit<LineView, 'sumSoFar'> {
  const { usage } = line;
  const { locale } = words;
  const note = noteOf(line, whole, usagePeriodText, words);
  return {
    description: line.description,
    ...(line.product === undefined ? {} : { product: line.product.name }),
    quantity: quantityText(line.quantity, locale),
    unit: line.unit,
    amount: amountText(line.amount, locale),
    arithmetic: arithmeticView(line, words),
    ...(note === '' ? {} : { note }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterId: usage.meterId,
            profile: usage.profile,
            ...(usage.profileVersion === undefined
              ? {}
              : { version: words.version(countText(BigInt(usage.profileVersion), locale)) }),
            period: words.usageOf(usagePeriodText(line.period)),
            events: words.events(countText(usage.eventCount, locale), usage.eventCount === 1n),
          },
        }),
  };
}
