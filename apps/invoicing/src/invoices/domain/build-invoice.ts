import { derivedId, type InvoiceId } from '@billingrails/ids';
import { sumMoney } from '@billingrails/money';
import { checkPostedBill } from '../../intake/domain/check-posted-bill';
import type { PostedBill, PostedLine } from '../../intake/domain/posted-bill';
import type { DraftInvoice, InvoiceLine } from './invoice';

/**
 * Makes the invoice of a bill: its lines, in their order; the total is the sum of their amounts. The same bill always
 * gives the same invoice. Throws a DomainError naming every fault when the bill's arithmetic does not hold.
 */
export function buildInvoice(bill: PostedBill): DraftInvoice {
  checkPostedBill(bill);
  const { currencyCode, dueMs, lines: posted, ...header } = bill;
  const id = invoiceIdOf(bill);
  const lines = posted.map((line) => invoiceLine(id, line, currencyCode));
  const amounts = lines.map((line) => line.amount);
  return {
    ...header,
    id,
    lines,
    total: sumMoney(amounts, currencyCode),
    issueMs: dueMs,
    status: 'draft',
  };
}

/** The id of a bill's invoice. */
export function invoiceIdOf({
  organisationId,
  billId,
}: Pick<PostedBill, 'organisationId' | 'billId'>): InvoiceId {
  return derivedId('inv', organisationId, billId);
}

function invoiceLine(
  invoiceId: InvoiceId,
  { minorUnits, ...line }: PostedLine,
  currencyCode: string,
): InvoiceLine {
  return {
    ...line,
    id: derivedId('line', invoiceId, line.id),
    amount: { currencyCode, minorUnits },
  };
}
