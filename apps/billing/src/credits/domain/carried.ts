import type { CreditGrantId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { endOf, type CreditGrant } from './credit-grant';

const ZERO = decimal(0n);

/** What of a grant is too much to be carried into a cycle, or taken back. */
export interface Excess {
  readonly grant: CreditGrant;
  readonly excess: Decimal;
}

/**
 * What expires of grants because at the instant a cycle of theirs ends and no more than their maximum is carried on, of
 * which the oldest is lost first: nothing where none ends then.
 */
export function capped(
  grants: readonly CreditGrant[],
  left: ReadonlyMap<CreditGrantId, Decimal>,
  atMs: number,
): Excess[] {
  const ending = new Map<string, Decimal>();
  for (const { rollover } of grants)
    if (rollover?.maximum !== undefined && rollover.fromMs === atMs)
      ending.set(rollover.seriesId, rollover.maximum);
  return [...ending].flatMap(([seriesId, maximum]) => {
    const carried = grants
      .filter(
        (grant) =>
          grant.rollover?.seriesId === seriesId &&
          grant.rollover.fromMs <= atMs &&
          atMs < endOf(grant),
      )
      .sort(olderFirst);
    const leftOf = ({ id }: CreditGrant) => left.get(id) ?? ZERO;
    let tooMuch = carried.reduce((sum, grant) => sum.add(leftOf(grant)), ZERO).sub(maximum);
    return carried.flatMap((grant): Excess[] => {
      if (!tooMuch.gt(ZERO)) return [];
      const excess = leftOf(grant).lt(tooMuch) ? leftOf(grant) : tooMuch;
      tooMuch = tooMuch.sub(excess);
      return excess.isZero() ? [] : [{ grant, excess }];
    });
  });
}

/**
 * What is taken back of grants at an instant: as much as is left of each, at most what was asked for. Nothing where
 * nothing was asked for then.
 */
export function takenBack(
  grants: readonly CreditGrant[],
  left: ReadonlyMap<CreditGrantId, Decimal>,
  atMs: number,
): Excess[] {
  return grants.flatMap((grant): Excess[] => {
    const asked = (grant.partialVoids ?? []).filter(({ ms }) => ms === atMs);
    const most = asked.reduce((sum, { amount }) => sum.add(amount), ZERO);
    const now = left.get(grant.id) ?? ZERO;
    const excess = now.lt(most) ? now : most;
    return excess.gt(ZERO) && atMs < endOf(grant) ? [{ grant, excess }] : [];
  });
}

function olderFirst(a: CreditGrant, b: CreditGrant): number {
  return a.effectiveMs - b.effectiveMs || (a.id < b.id ? -1 : 1);
}
