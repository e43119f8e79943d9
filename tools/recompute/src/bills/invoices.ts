import type { AccountBook } from '../history';
import type { ExpectedBill } from './expected';

/** A bill by its subscription and number. */
export type BillName = string;

export function billName({
  subscription,
  number,
}: Pick<ExpectedBill, 'subscription' | 'number'>): BillName {
  return `${subscription}/${number}`;
}

/**
 * Which bills are one invoice: those of one payer and currency that fell due at the same instant as time went by, of
 * the same date. What fell due by a request is an invoice by itself.
 */
export function invoicesOf(
  bills: readonly ExpectedBill[],
  accounts: readonly AccountBook[] = [],
): BillName[][] {
  const parents = new Map(accounts.map(({ account, paidBy }) => [account, paidBy]));
  const payerOf = (account: string): string => {
    const parent = parents.get(account);
    return parent === undefined ? account : payerOf(parent);
  };
  const invoices: BillName[][] = [];
  const joint = new Map<string, BillName[]>();
  for (const bill of bills) {
    const { account, currency, momentMs, dueMs, isAsked } = bill;
    const key = [payerOf(account), currency, momentMs, dueMs].join('/');
    const others = isAsked ? undefined : joint.get(key);
    if (others !== undefined) {
      others.push(billName(bill));
      continue;
    }
    const invoice = [billName(bill)];
    invoices.push(invoice);
    if (!isAsked) joint.set(key, invoice);
  }
  return invoices;
}
