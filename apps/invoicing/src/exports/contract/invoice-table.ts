import {
  amountDueOf,
  creditsAppliedOf,
  linesOf,
  periodOf,
  timeZoneOf,
} from '../../invoices/domain/invoice';
import type { FinalizedInvoice } from '../../invoices/domain/invoice';
import {
  isOverdue,
  openOf,
  paymentStatusOf,
  type Receivable,
} from '../../receivables/domain/receivable';
import { columnsOf } from './column';

/** An invoice with what is paid of it. */
export interface InvoiceRow {
  readonly invoice: FinalizedInvoice;
  readonly receivable: Receivable;
  /** The organisation's present. */
  readonly nowMs: number;
}

const { text, money, count, time, flag } = columnsOf<InvoiceRow>(
  ({ invoice }) => invoice.total.currencyCode,
);
const only = ({ invoice: { sections } }: InvoiceRow) =>
  sections.length === 1 ? sections[0] : undefined;
const assessed = ({ invoice }: InvoiceRow) => invoice.assessment;
const endOf = ({ receivable: { end } }: InvoiceRow, kind: 'void' | 'uncollectible') =>
  end?.kind === kind ? end.atMs : undefined;

/** An invoice a row. */
export const INVOICE_TABLE = [
  text('invoice_id', ({ invoice }) => invoice.id),
  text('number', ({ invoice }) => invoice.number),
  text('account_id', ({ invoice }) => invoice.accountId),
  text('account_name', ({ invoice }) => invoice.accountName),
  text('subscription_id', (row) => only(row)?.subscriptionId),
  text('plan_name', (row) => only(row)?.planName),
  time('issue_time', ({ invoice }) => invoice.issueMs),
  text('time_zone', ({ invoice }) => timeZoneOf(invoice)),
  text('due_date', ({ invoice }) => invoice.terms.dueDate),
  time('finalize_time', ({ invoice }) => invoice.finalizeMs),
  time('period_start_time', ({ invoice }) => periodOf(invoice).startMs),
  time('period_end_time', ({ invoice }) => periodOf(invoice).endMs),
  text('currency_code', ({ invoice }) => invoice.total.currencyCode),
  money('subtotal', (row) => assessed(row)?.subtotal ?? row.invoice.total.minorUnits),
  money('discount', (row) =>
    (assessed(row)?.discounts ?? []).reduce((sum, { amount }) => sum + amount, 0n),
  ),
  money('promotional_credit', (row) => assessed(row)?.promotionalCredit ?? 0n),
  money('net', (row) => assessed(row)?.net ?? row.invoice.total.minorUnits),
  money('tax', (row) => assessed(row)?.tax ?? 0n),
  money('total', ({ invoice }) => invoice.total.minorUnits),
  money('credits_applied', ({ invoice }) => creditsAppliedOf(invoice).minorUnits),
  money('balance_applied', ({ invoice }) => invoice.balanceApplied.minorUnits),
  money('amount_due', ({ invoice }) => amountDueOf(invoice).minorUnits),
  text('payment_status', ({ receivable }) => paymentStatusOf(receivable)),
  money('open', ({ receivable }) => openOf(receivable)),
  money('paid', ({ receivable }) => receivable.paid),
  money('credited', ({ receivable }) => receivable.credited),
  money('written_off', ({ receivable }) => receivable.writtenOff),
  flag('overdue', ({ receivable, nowMs }) => isOverdue(receivable, nowMs)),
  time('void_time', (row) => endOf(row, 'void')),
  time('uncollectible_time', (row) => endOf(row, 'uncollectible')),
  text('customer_country_code', (row) => assessed(row)?.customer?.address?.countryCode),
  text('customer_tax_id', (row) => assessed(row)?.customer?.taxIds[0]?.value),
  text('purchase_order_number', ({ invoice }) => invoice.terms.purchaseOrderNumber),
  text('memo', ({ invoice }) => invoice.terms.memo),
  count('section_count', ({ invoice }) => invoice.sections.length),
  count('line_count', ({ invoice }) => linesOf(invoice).length),
  text('replaces_invoice_id', ({ invoice }) => invoice.replacesInvoiceId),
  flag('is_test', ({ invoice }) => invoice.isTest === true),
];
