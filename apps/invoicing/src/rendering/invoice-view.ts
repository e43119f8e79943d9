import { assert } from '@billingrails/errors';
import type { Period } from '@billingrails/time';
import {
  periodOf,
  type Invoice,
  type InvoiceLine,
  type InvoiceSection,
} from '../invoices/domain/invoice';
import { arithmeticView, type ArithmeticView } from './arithmetic-view';
import { amountText, countText, quantityText } from './format-number';
import { dateText, periodText, timeText } from './format-time';

/** What the page says, as text that is ready to be escaped: the template decides nothing. */
export interface InvoiceView {
  /** Of the browser's tab. */
  readonly title: string;
  readonly heading: string;
  /** Of a draft: that it has none. */
  readonly number: string;
  readonly accountName: string;
  readonly accountId: string;
  /** Of several sections: how many subscriptions there are. */
  readonly subscriptionCount?: string;
  readonly planName: string;
  readonly invoiceId: string;
  readonly issueDate: string;
  readonly period: string;
  /** Unset for a draft. */
  readonly finalized?: string;
  /** Whose days and times the page shows. */
  readonly timeZone: string;
  readonly currencyCode: string;
  readonly total: string;
  /** At least one. */
  readonly sections: readonly SectionView[];
}

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
  readonly quantity: string;
  readonly unit: string;
  readonly amount: string;
  readonly arithmetic: ArithmeticView;
  /** The span of a fee that counts nothing, where it is not the invoice's, and why there is the line. */
  readonly note?: string;
  /** Unset where no usage was priced. */
  readonly usage?: UsageView;
}

export interface UsageView {
  readonly meterId: string;
  readonly profile: string;
  /** The newest version of the profile that it was counted by. */
  readonly version?: number;
  readonly period: string;
  readonly events: string;
}

/** Says an invoice in the words and figures of its page. */
export function invoiceView(invoice: Invoice): InvoiceView {
  const { total, issueMs, sections } = invoice;
  const [first] = sections;
  assert(first !== undefined, 'an invoice has a section');
  const { timeZone } = first;
  const isOne = sections.length === 1;
  return {
    ...headingView(invoice, timeZone),
    accountName: invoice.accountName,
    accountId: invoice.accountId,
    planName: first.planName,
    ...(isOne ? {} : { subscriptionCount: countText(BigInt(sections.length)) }),
    invoiceId: invoice.id,
    issueDate: dateText(issueMs, timeZone),
    period: periodText(periodOf(invoice), timeZone),
    timeZone,
    currencyCode: total.currencyCode,
    total: amountText(total),
    sections: sections.map((section) => sectionView(invoice, section, timeZone)),
  };
}

function sectionView(
  { accountId, sections }: Invoice,
  section: InvoiceSection,
  pageTimeZone: string,
): SectionView {
  const { period, timeZone, lines, subscriptionId, planName, total } = section;
  const wholePeriod = periodText(period, timeZone);
  // Writing a period takes long beside a thousand lines, and theirs is that of the section.
  const usagePeriodText = (span: Period) =>
    span.startMs === period.startMs && span.endMs === period.endMs
      ? wholePeriod
      : periodText(span, timeZone);
  const isOthers = section.accountId !== accountId;
  const heading = {
    planName,
    ...(isOthers ? { accountName: section.accountName, accountId: section.accountId } : {}),
    period: wholePeriod,
    ...(timeZone === pageTimeZone ? {} : { timeZone }),
    total: amountText(total),
  };
  return {
    ...(sections.length > 1 || isOthers ? { heading } : {}),
    subscriptionId,
    lines: lines.map((line) => lineView(line, period, usagePeriodText)),
  };
}

function headingView(
  invoice: Invoice,
  timeZone: string,
): Pick<InvoiceView, 'title' | 'heading' | 'number' | 'finalized'> {
  if (invoice.status === 'draft') {
    return { title: 'Draft invoice', heading: 'Draft invoice', number: 'Not final, no number yet' };
  }
  const { number, finalizeMs } = invoice;
  const wholeSecondMs = finalizeMs - (finalizeMs % 1000);
  return {
    title: `Invoice ${number}`,
    heading: 'Invoice',
    number,
    finalized: timeText(wholeSecondMs, timeZone),
  };
}

const REASONS: Record<NonNullable<InvoiceLine['reason']>, string> = {
  late_usage: 'events that arrived after it was billed',
  voided_usage: 'events that were taken back',
  changed_usage: 'events that were amended',
  plan_changed: 'the plan changed',
  quantity_changed: 'the quantity changed',
  add_on_changed: 'the add-on changed',
  fee_changed: 'what was agreed for it changed',
  cancelled: 'the subscription was cancelled',
  paused: 'the subscription was paused',
  resumed: 'the subscription was resumed',
  trial_ended: 'the trial ended',
  price_corrected: 'a price was corrected',
};

function noteOf(line: InvoiceLine, whole: Period, periodTextOf: (span: Period) => string): string {
  const { period, usage, kind, reason } = line;
  const isWhole = period.startMs === whole.startMs && period.endMs === whole.endMs;
  const isSpan = usage === undefined && kind !== 'one_off' && !isWhole;
  const spans = isSpan ? [`For ${periodTextOf(period)}`] : [];
  const adjusts = kind === 'adjustment' ? 'Adjustment' : '';
  const because =
    reason === undefined ? adjusts : `${adjusts === '' ? '' : `${adjusts}: `}${REASONS[reason]}`;
  return [...spans, ...(because === '' ? [] : [because])].join(' · ');
}

function lineView(
  line: InvoiceLine,
  whole: Period,
  usagePeriodText: (span: Period) => string,
): LineView {
  const { usage } = line;
  const note = noteOf(line, whole, usagePeriodText);
  return {
    description: line.description,
    quantity: quantityText(line.quantity),
    unit: line.unit,
    amount: amountText(line.amount),
    arithmetic: arithmeticView(line),
    ...(note === '' ? {} : { note }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterId: usage.meterId,
            profile: usage.profile,
            ...(usage.profileVersion === undefined ? {} : { version: usage.profileVersion }),
            period: usagePeriodText(line.period),
            events: eventsText(usage.eventCount),
          },
        }),
  };
}

function eventsText(count: bigint): string {
  return `${countText(count)} ${count === 1n ? 'event' : 'events'}`;
}
