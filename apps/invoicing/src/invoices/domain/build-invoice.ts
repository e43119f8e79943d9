import { assert } from '@billingrails/errors';
import { derivedId, type InvoiceId } from '@billingrails/ids';
import { sumMoney, toMoney } from '@billingrails/money';
import { checkClosedPeriod } from '../../intake/domain/check-closed-period';
import type { Charge, ClosedPeriod } from '../../intake/domain/closed-period';
import { chargedGroupKey, type DraftInvoice, type InvoiceLine } from './invoice';

/**
 * Makes the invoice of a closed period: one line for each charge, in order, each rounded once; the total is the sum
 * of the rounded lines. The same period always gives the same invoice. Throws a DomainError naming every fault
 * when the period's arithmetic does not hold.
 */
export function buildInvoice(closed: ClosedPeriod): DraftInvoice {
  checkClosedPeriod(closed);
  const id = invoiceIdOf(closed);
  const lines = closed.charges.map((charge) => invoiceLine(id, charge, closed.currencyCode));
  const total = sumMoney(
    lines.map((line) => line.amount),
    closed.currencyCode,
  );
  assert(total.currencyCode === closed.currencyCode, 'a total is in the currency of its lines');
  return {
    id,
    organisationId: closed.organisationId,
    accountId: closed.accountId,
    accountName: closed.accountName,
    subscriptionId: closed.subscriptionId,
    planName: closed.planName,
    billingPeriodId: closed.billingPeriodId,
    period: closed.period,
    timeZone: closed.timeZone,
    lines,
    total,
    issueMs: closed.dueMs,
    status: 'draft',
  };
}

function invoiceIdOf({ organisationId, billingPeriodId }: ClosedPeriod): InvoiceId {
  return derivedId('inv', organisationId, billingPeriodId);
}

function invoiceLine(invoiceId: InvoiceId, charge: Charge, currencyCode: string): InvoiceLine {
  return {
    ...charge,
    id: derivedId('line', invoiceId, charge.feeId, ...chargedGroupKey(charge)),
    amount: toMoney(charge.exactAmount, currencyCode),
  };
}
