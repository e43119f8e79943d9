import type { Period } from '@billingrails/time';
import type { Invoice, InvoiceLine } from '../invoices/domain/invoice';
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
  readonly planName: string;
  readonly subscriptionId: string;
  readonly invoiceId: string;
  readonly issueDate: string;
  readonly period: string;
  /** Unset for a draft. */
  readonly finalized?: string;
  /** Whose days and times the page shows. */
  readonly timeZone: string;
  readonly currencyCode: string;
  readonly total: string;
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
  const { period, timeZone, total, issueMs } = invoice;
  const wholePeriod = periodText(period, timeZone);
  // Writing a period takes long beside a thousand lines, and theirs is that of the invoice.
  const usagePeriodText = (span: Period) =>
    span.startMs === period.startMs && span.endMs === period.endMs
      ? wholePeriod
      : periodText(span, timeZone);
  return {
    ...headingView(invoice),
    accountName: invoice.accountName,
    accountId: invoice.accountId,
    planName: invoice.planName,
    subscriptionId: invoice.subscriptionId,
    invoiceId: invoice.id,
    issueDate: dateText(issueMs, timeZone),
    period: wholePeriod,
    timeZone,
    currencyCode: total.currencyCode,
    total: amountText(total),
    lines: invoice.lines.map((line) => lineView(line, invoice.period, usagePeriodText)),
  };
}

function headingView(
  invoice: Invoice,
): Pick<InvoiceView, 'title' | 'heading' | 'number' | 'finalized'> {
  if (invoice.status === 'draft') {
    return { title: 'Draft invoice', heading: 'Draft invoice', number: 'Not final, no number yet' };
  }
  const { number, finalizeMs, timeZone } = invoice;
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
  cancelled: 'the subscription was cancelled',
  paused: 'the subscription was paused',
  resumed: 'the subscription was resumed',
  trial_ended: 'the trial ended',
  price_corrected: 'a price was corrected',
};

function noteOf(line: InvoiceLine, whole: Period, periodTextOf: (span: Period) => string): string {
  const { period, usage, kind, reason } = line;
  const isWhole = period.startMs === whole.startMs && period.endMs === whole.endMs;
  const spans = usage === undefined && !isWhole ? [`For ${periodTextOf(period)}`] : [];
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
