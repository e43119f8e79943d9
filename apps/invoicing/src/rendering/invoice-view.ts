import type { Money } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import {
  timeZoneOf,
  type Invoice,
  type InvoiceLine,
  type InvoiceSection,
} from '../invoices/domain/invoice';
import { arithmeticView, type ArithmeticView } from './arithmetic-view';
import { factsView, type FactsView } from './facts-view';
import { amountText, countText, quantityText } from './format-number';
import { periodText, timeText } from './format-time';
import { paymentView, type PaymentView } from './payment-view';
import { totalsView, type TotalsView } from './totals-view';
import type { Words } from './words';

/** What the page says, as text that is ready to be escaped: the template decides nothing. */
export interface InvoiceView extends FactsView, TotalsView {
  readonly words: Words;
  /** Of the browser's tab. */
  readonly title: string;
  readonly heading: string;
  /** Of a draft: that it has none. */
  readonly number: string;
  readonly invoiceId: string;
  /** That it is void, where it is. */
  readonly void?: { readonly mark: string; readonly note: string };
  /** Unset for a draft. */
  readonly finalized?: string;
  /** What the seller wants said; may be of several lines, and empty. */
  readonly memo: string;
  /** Whose days and times the page shows. */
  readonly timeZone: string;
  readonly currencyCode: string;
  /** At least one. */
  readonly sections: readonly SectionView[];
  /** Where to pay to. Unset where that is not said, or nothing is to be paid. */
  readonly payment?: PaymentView;
}

/** What became of an invoice since it was finalized, as far as its documents say it. */
export interface DocumentState {
  readonly isVoid: boolean;
}

export const IN_FORCE: DocumentState = { isVoid: false };

export interface SectionView {
  /** Unset where the invoice has one section of the account that owes it: its head says all. */
  readonly heading?: {
    readonly planName: string;
    /** Whose it is, where another account owes it. */
    readonly accountName?: string;
    readonly accountId?: string;
    readonly period: string;
    /** Whose days its own are, where the page's are others. */
    readonly timeZone?: string;
    readonly total: string;
  };
  readonly subscriptionId: string;
  readonly lines: readonly LineView[];
}

export interface LineView {
  readonly description: string;
  /** The name of what the fee is of. Unset: of no product. */
  readonly product?: string;
  readonly quantity: string;
  readonly unit: string;
  readonly amount: string;
  readonly arithmetic: ArithmeticView;
  /** The span of a fee that counts nothing, where it is not the invoice's, and why there is the line. */
  readonly note?: string;
  /** Unset where no usage was priced. */
  readonly usage?: UsageView;
  /** The sum of the invoice's lines up to this one. */
  readonly sumSoFar: string;
}

export interface UsageView {
  readonly meterId: string;
  readonly profile: string;
  /** The newest version of the profile that it was counted by. */
  readonly version?: string;
  readonly period: string;
  readonly events: string;
}

/** Says an invoice in the words and figures of its page. */
export function invoiceView(
  invoice: Invoice,
  words: Words,
  { isVoid }: DocumentState = IN_FORCE,
): InvoiceView {
  const payment = isVoid ? undefined : paymentView(invoice, words);
  const { total, sections } = invoice;
  const timeZone = timeZoneOf(invoice);
  const sum: RunningSum = { currencyCode: total.currencyCode, minorUnits: 0n };
  const place = { invoice, timeZone, words, sum };
  return {
    words,
    ...headingView(invoice, timeZone, words),
    ...factsView(invoice, words),
    invoiceId: invoice.id,
    memo: invoice.terms.memo,
    timeZone,
    currencyCode: total.currencyCode,
    ...totalsView(invoice, words),
    sections: sections.map((section) => sectionView(section, place)),
    ...(payment && { payment }),
    ...(isVoid && { void: { mark: words.void, note: words.voidNote } }),
  };
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
  const { period, timeZone, lines, subscriptionId, planName, total } = section;
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
  };
  return {
    ...(sections.length > 1 || isOthers ? { heading } : {}),
    subscriptionId,
    lines: lines.map((line) => {
      sum.minorUnits += line.amount.minorUnits;
      const sumSoFar = amountText(sum, words.locale);
      return { ...lineView(line, period, usagePeriodText, words), sumSoFar };
    }),
  };
}

function headingView(
  invoice: Invoice,
  timeZone: string,
  words: Words,
): Pick<InvoiceView, 'title' | 'heading' | 'number' | 'finalized'> {
  if (invoice.status === 'draft') {
    return { title: words.draftInvoice, heading: words.draftInvoice, number: words.notFinal };
  }
  const { number, finalizeMs } = invoice;
  const wholeSecondMs = finalizeMs - (finalizeMs % 1000);
  return {
    title: `${words.invoice} ${number}`,
    heading: words.invoice,
    number,
    finalized: words.finalized(timeText(wholeSecondMs, timeZone, words)),
  };
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
