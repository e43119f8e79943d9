import { DAY_MS } from '@billingrails/time';
import { openOf, type Receivable } from './receivable';

/** What an account owes in a currency, in minor units. */
export interface AgingRow {
  readonly accountId: string;
  readonly currencyCode: string;
  /** What is not overdue, overdue for less than 30, 60 and 90 days, and longer. */
  readonly open: readonly [bigint, bigint, bigint, bigint, bigint];
  /** In the account's favour; below 0: carried forward. */
  readonly balance: bigint;
}

const SPAN_MS = 30 * DAY_MS;

/** Rows of accounts, by account, then currency; `nowMs` is the organisation's present. */
export function agingRows(
  receivables: readonly Receivable[],
  balances: readonly (Pick<AgingRow, 'accountId' | 'currencyCode'> & {
    readonly minorUnits: bigint;
  })[],
  nowMs: number,
): AgingRow[] {
  const rows = new Map<string, AgingRow>();
  const row = (accountId: string, currencyCode: string): AgingRow =>
    rows.get(`${accountId} ${currencyCode}`) ?? {
      ...{ accountId, currencyCode, open: [0n, 0n, 0n, 0n, 0n], balance: 0n },
    };
  const set = (changed: AgingRow): void => {
    rows.set(`${changed.accountId} ${changed.currencyCode}`, changed);
  };
  for (const receivable of receivables) {
    const own = row(receivable.accountId, receivable.currencyCode);
    const spans = Math.floor((nowMs - receivable.overdueMs) / SPAN_MS) + 1;
    const place = Math.min(Math.max(spans, 0), own.open.length - 1);
    const open = own.open.map((sum, index) => (index === place ? sum + openOf(receivable) : sum));
    set({ ...own, open: open as unknown as AgingRow['open'] });
  }
  for (const { accountId, currencyCode, minorUnits } of balances)
    if (minorUnits !== 0n) set({ ...row(accountId, currencyCode), balance: minorUnits });
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}
