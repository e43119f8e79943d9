import type { AccountId, CreditGrantId, CreditUnitId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import { burnDown, spansOf, type BurningSpan, type CreditBalance } from '../burn-down';
import type { CreditGrant } from '../credit-grant';
import type { CreditScope } from '../credit-scope';
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

/** Usage at an instant, of a profile. */
export type Use = readonly [atMs: number, amount: string, profile?: 'a' | 'b'];

/** What covers usage of a profile alone. */
export const scopeOf = (profile: 'a' | 'b'): CreditScope => {
  return { feeIds: [], meterProfiles: [{ meterId: 'mtr_1', profile }] };
};

/** What covers usage that a fee prices, of a profile, alone. */
export const feeScopeOf = (profile: 'a' | 'b'): CreditScope => {
  const feeProfiles = [{ meterId: 'mtr_1', profile }] as const;
  return { feeIds: [`fee_${profile}`], meterProfiles: [], feeProfiles };
};

const ZERO = decimal(0n);

/** A span with what was used in it. */
export function burningSpan(span: Period, uses: readonly Use[]): BurningSpan {
  const inside = uses.filter(([usedMs]) => span.startMs <= usedMs && usedMs < span.endMs);
  const sumOf = (some: readonly Use[]) =>
    some.reduce((sum, [, amount]) => sum.add(decimal(amount)), ZERO);
  const byProfile = new Map(
    ['a', 'b'].map((profile) => [
      `mtr_1/${profile}`,
      sumOf(inside.filter(([, , own = 'a']) => own === profile)),
    ]),
  );
  return { startMs: span.startMs, endMs: span.endMs, consumed: sumOf(inside), byProfile };
}

/** What grants and usage come to at an instant. */
export function balanceAt(
  atMs: number,
  grants: readonly CreditGrant[],
  uses: readonly Use[],
  overage: Overage = 'left',
): CreditBalance {
  const spans = spansOf(grants, atMs).map((span) => burningSpan(span, uses));
  return burnDown(grants, spans, overage, atMs);
}

/** A balance in words. */
export const balanceText = ({ available, used, overage, grants }: CreditBalance) => ({
  ...{ available: decimalText(available), used: decimalText(used), overage: decimalText(overage) },
  remaining: grants.map(({ grant: { id }, remaining }) => `${id} ${decimalText(remaining)}`),
});
