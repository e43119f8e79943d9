import { groupKey } from '@billingrails/rating';
import type { InvoiceLine, InvoiceSection } from '../../invoices/domain/invoice';
import { paymentStatusOf } from '../../receivables/domain/receivable';
import type { AssessedLine } from '../../totals/domain/assessment';
import { columnsOf } from './column';
import type { InvoiceRow } from './invoice-table';

/** A line with where it stands. */
export interface LineRow extends InvoiceRow {
  readonly section: InvoiceSection;
  readonly line: InvoiceLine;
  readonly assessed?: AssessedLine;
  /** From 1 on the invoice. */
  readonly place: number;
}

/** The lines of an invoice, in their order. */
export function lineRows(row: InvoiceRow): LineRow[] {
  let place = 0;
  return row.invoice.sections.flatMap((section) =>
    section.lines.map((line) => {
      const assessed = row.invoice.assessment?.lines[place];
      place += 1;
      return { ...row, section, line, place, ...(assessed && { assessed }) };
    }),
  );
}

const { text, money, decimal, count, time, flag } = columnsOf<LineRow>(
  ({ invoice }) => invoice.total.currencyCode,
);
const sum = (amounts: readonly bigint[]) => amounts.reduce((all, each) => all + each, 0n);

/** A line a row. */
export const LINE_TABLE = [
  text('line_id', ({ line }) => line.id),
  text('invoice_id', ({ invoice }) => invoice.id),
  text('invoice_number', ({ invoice }) => invoice.number),
  count('place', ({ place }) => place),
  time('issue_time', ({ invoice }) => invoice.issueMs),
  text('payment_status', ({ receivable }) => paymentStatusOf(receivable)),
  text('account_id', ({ invoice }) => invoice.accountId),
  text('section_account_id', ({ section }) => section.accountId),
  text('section_account_name', ({ section }) => section.accountName),
  text('subscription_id', ({ section }) => section.subscriptionId),
  text('plan_name', ({ section }) => section.planName),
  text('bill_id', ({ section }) => section.billId),
  text('charge_id', ({ line }) => line.chargeId),
  text('kind', ({ line }) => line.kind),
  text('reason', ({ line }) => line.reason),
  text('fee_id', ({ line }) => line.feeId),
  text('product_id', ({ line }) => line.product?.id),
  text('product_name', ({ line }) => line.product?.name),
  text('description', ({ line }) => line.description),
  text('group', ({ line }) => line.group && groupKey(line.group)),
  time('period_start_time', ({ line }) => line.period.startMs),
  time('period_end_time', ({ line }) => line.period.endMs),
  decimal('quantity', ({ line }) => line.quantity),
  text('unit', ({ line }) => line.unit),
  text('meter_id', ({ line }) => line.usage?.meterId),
  text('meter_profile', ({ line }) => line.usage?.profile),
  count('event_count', ({ line }) => line.usage?.eventCount),
  decimal('exact_amount', ({ line }) => line.exactAmount),
  text('currency_code', ({ invoice }) => invoice.total.currencyCode),
  money('amount', ({ line }) => line.amount.minorUnits),
  money('discount', ({ assessed }) => sum(assessed?.discounts ?? [])),
  money('net_amount', ({ line, assessed }) => assessed?.net ?? line.amount.minorUnits),
  money('tax', ({ assessed }) => sum((assessed?.taxes ?? []).map(({ amount }) => amount))),
  text('tax_category', ({ assessed }) => assessed?.taxCategory),
  text('corrects_bill_id', ({ line }) => line.correctsBillId),
  text('credit_grant_id', ({ line }) => line.credit?.creditGrantId),
  flag('is_test', ({ invoice }) => invoice.isTest === true),
];
