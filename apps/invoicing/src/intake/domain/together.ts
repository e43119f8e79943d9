import { invalid, type Violation } from '@billingrails/errors';
import type { AccountId, JointId } from '@billingrails/ids';
import type { PostedBill } from './posted-bill';

/** A bill that is an invoice by itself, or those that are one together, in the order of its sections. */
export interface BillsTogether {
  /** Unset: the bill is by itself. */
  readonly jointId?: JointId;
  readonly bills: readonly [PostedBill, ...PostedBill[]];
}

/** Refuses bills that cannot be one invoice: all must have one payer, currency and date. */
export function checkTogether({ jointId, bills }: BillsTogether): void {
  const [first, ...others] = bills;
  const violations = others.flatMap((bill, index): Violation[] => {
    const path = `bills[${index + 1}]`;
    const isOther = (field: string, value: unknown, wanted: unknown): Violation[] =>
      value === wanted
        ? []
        : [{ field: `${path}.${field}`, description: `must be ${wanted}, not ${value}` }];
    return [
      ...isOther('organisation_id', bill.organisationId, first.organisationId),
      ...isOther('payer_account_id', payerOf(bill), payerOf(first)),
      ...isOther('currency_code', bill.currencyCode, first.currencyCode),
      ...isOther('due_time', bill.dueMs, first.dueMs),
    ];
  });
  if (violations.length === 0) return;
  throw invalid('BROKEN_BILL', `The bills ${jointId} cannot be invoiced together.`, violations);
}

/** Who owes a bill. */
export function payerOf({ payer, accountId }: PostedBill): AccountId {
  return payer?.accountId ?? accountId;
}
