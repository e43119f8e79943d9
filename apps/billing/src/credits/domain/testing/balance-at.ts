import type { AccountId, CreditGrantId, CreditUnitId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { burnDown, spansOf, type CreditBalance } from '../burn-down';
import type { CreditGrant } from '../credit-grant';
import type { Overage } from '../credit-unit';

/** A grant from instant 0 on, but for what is given. */
export function grant(
  id: string,
  amount: string,
  terms: Partial<Omit<CreditGrant, 'id' | 'amount'>> = {},
): CreditGrant {
  return {
    id: `cgr_${id}` as CreditGrantId,
    accountId: 'acct_1' as AccountId,
    creditUnitId: 'cun_1' as CreditUnitId,
    amount: decimal(amount),
    category: 'paid',
    priority: 1,
    effectiveMs: 0,
    memo: '',
    createMs: 0,
    ...terms,
  };
}

/** Usage at an instant. */
export type Use = readonly [atMs: number, amount: string];

/** What grants and usage come to at an instant. */
export function balanceAt(
  atMs: number,
  grants: readonly CreditGrant[],
  uses: readonly Use[],
  overage: Overage = 'left',
): CreditBalance {
  const spans = spansOf(grants, atMs).map(({ startMs, endMs }) => ({
    ...{ startMs, endMs },
    consumed: uses
      .filter(([usedMs]) => startMs <= usedMs && usedMs < endMs)
      .reduce((sum, [, amount]) => sum.add(decimal(amount)), decimal(0n)),
  }));
  return burnDown(grants, spans, overage, atMs);
}

/** A balance in words. */
export const balanceText = ({ available, used, overage, grants }: CreditBalance) => ({
  ...{ available: decimalText(available), used: decimalText(used), overage: decimalText(overage) },
  remaining: grants.map(({ grant: { id }, remaining }) => `${id} ${decimalText(remaining)}`),
});
