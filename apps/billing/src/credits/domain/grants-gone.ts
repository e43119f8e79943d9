import { decimal } from '@billingrails/money';
import { DAY_MS, utcDayOf } from '@billingrails/time';
import type { GrantBalance } from './burn-down';
import type { CreditEntry } from './credit-entry';
import { endOf, type CreditGrant } from './credit-grant';

/** A grant of which nothing is left. */
export interface GrantGone {
  readonly grant: CreditGrant;
  readonly how: 'used_up' | 'expired';
  /** The end of the day on which it was used up, or when it expired. */
  readonly ms: number;
  /** Its entry that says so. */
  readonly sequence: number;
}

/**
 * The grants of which nothing is left once entries are posted, and something was before: because they say that more was
 * burned, up to all of it, or the first time that something of it expired with its end. `posted` are those of the days
 * from the first that is posted anew on.
 */
export function grantsGone(
  balances: readonly GrantBalance[],
  entries: readonly CreditEntry[],
  posted: readonly CreditEntry[],
): GrantGone[] {
  return balances.flatMap(({ grant, burned }): GrantGone[] => {
    const own = entries.filter(({ creditGrantId }) => creditGrantId === grant.id);
    const burning = own.filter(({ kind }) => kind === 'burned' || kind === 'paid_back');
    const more = burning.reduce((sum, { amount }) => sum.add(amount), decimal(0n));
    const last = burning.at(-1);
    if (last !== undefined && more.gt(decimal(0n)) && burned.eq(grant.amount))
      return [{ grant, how: 'used_up', ms: last.dayMs + DAY_MS, sequence: last.sequence }];
    const isEnd = ({ kind, creditGrantId, dayMs }: CreditEntry): boolean =>
      kind === 'expired' && creditGrantId === grant.id && dayMs === utcDayOf(endOf(grant));
    const end = own.find(isEnd);
    if (end === undefined || grant.voidMs !== undefined || posted.some(isEnd)) return [];
    return [{ grant, how: 'expired', ms: endOf(grant), sequence: end.sequence }];
  });
}
