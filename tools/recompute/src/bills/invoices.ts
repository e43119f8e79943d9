import type { History } from '../history';
import type { ExpectedBill, ExpectedLine } from './expected';

/** A bill by its subscription and number. */
export type BillName = string;

export function billName({
  subscription,
  number,
}: Pick<ExpectedBill, 'subscription' | 'number'>): BillName {
  return `${subscription}/${number}`;
}

/** An invoice as it must be. */
export interface ExpectedInvoice {
  readonly bills: readonly BillName[];
  /** Who owes it. */
  readonly account: string;
  readonly currency: string;
  readonly digits: number;
  /** Its date. */
  readonly dueMs: number;
  readonly lines: readonly ExpectedLine[];
}

/**
 * Which bills are one invoice: those of one payer and currency that fell due at the same instant as time went by, of
 * the same date. What fell due by a request is an invoice by itself.
 */
export function invoicesOf(
  bills: readonly ExpectedBill[],
  { accounts = [], plans }: Pick<History, 'accounts' | 'plans'>,
): ExpectedInvoice[] {
  const parents = new Map(accounts.map(({ account, paidBy }) => [account, paidBy]));
  const payerOf = (account: string): string => {
    const parent = parents.get(account);
    return parent === undefined ? account : payerOf(parent);
  };
  const digits = new Map(
    plans.flatMap(({ otherCurrencies = [], ...plan }) =>
      [plan, ...otherCurrencies].map((each) => [each.currency, each.digits]),
    ),
  );
  const invoices = new Map<string, ExpectedInvoice>();
  for (const bill of bills) {
    const { currency, momentMs, dueMs, isAsked, lines } = bill;
    const [account, name] = [payerOf(bill.account), billName(bill)];
    const key = isAsked ? name : [account, currency, momentMs, dueMs].join('/');
    const before = invoices.get(key);
    invoices.set(key, {
      ...{ account, currency, digits: digits.get(currency) ?? 0, dueMs },
      bills: [...(before?.bills ?? []), name],
      lines: [...(before?.lines ?? []), ...lines],
    });
  }
  return [...invoices.values()];
}
