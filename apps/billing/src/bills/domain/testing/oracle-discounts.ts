import { decimal } from '@billingrails/money';
import type { Discount } from '../../../catalogue/domain/discount';
import type { Fact } from '../../../subscriptions/domain/fact';
import { HOUR, standingOf } from './oracle-facts';

/** What is let off in a cycle: whatever holds in any hour of it. See `oracleCents`. */
export function oracleDiscounts(cycle: number, facts: readonly Fact[]): Discount[] {
  const standing = standingOf([...facts].sort((a, b) => a.effectiveMs - b.effectiveMs));
  return standing.flatMap((fact): Discount[] => {
    if (fact.kind === 'subscribed')
      return (fact.discounts ?? []).filter((discount) => holds(discount, fact, Infinity, cycle));
    if (fact.kind !== 'discount_added') return [];
    const removals = standing.filter(
      (each) => each.kind === 'discount_removed' && each.discountId === fact.discountId,
    );
    const goneMs = Math.min(Infinity, ...removals.map(({ effectiveMs }) => effectiveMs));
    return holds(fact.discount, fact, goneMs, cycle) ? [fact.discount] : [];
  });
}

function holds({ until }: Discount, fact: Fact, goneMs: number, cycle: number): boolean {
  const first = new Date(fact.effectiveMs).getUTCMonth();
  for (let ms = Date.UTC(2024, cycle, 1); ms < Date.UTC(2024, cycle + 1, 1); ms += HOUR) {
    if (ms < fact.effectiveMs || ms >= goneMs) continue;
    if (until?.kind === 'instant' && ms >= until.ms) continue;
    if (until?.kind === 'cycles' && cycle - first >= until.cycles) continue;
    return true;
  }
  return false;
}

/** What amounts take off a cycle whose fees come to so many cents: not more than they do. */
export function oracleAmountsOff(cycle: number, facts: readonly Fact[], cents: bigint): bigint {
  const hundred = decimal(100);
  const off = oracleDiscounts(cycle, facts).reduce(
    (sum, { amountOff }) => sum + BigInt((amountOff ?? decimal(0)).mul(hundred).toString()),
    0n,
  );
  return off < cents ? off : cents;
}
