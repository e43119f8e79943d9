import { derivedId, type DiscountId } from '@billingrails/ids';
import type { Discount } from '../../catalogue/domain/discount';
import { byEffect, type Fact } from './fact';
import { cyclesOf, type Subscription } from './subscription';

/** A discount as it was agreed. */
export interface AgreedDiscount {
  readonly id: DiscountId;
  readonly discount: Discount;
  readonly startMs: number;
  /** When it was taken away. Unset: it was not. */
  readonly goneMs?: number;
}

type Counted = Pick<Subscription, 'id' | 'startMs' | 'timeZone' | 'cycleRule'>;

/**
 * All discounts that were agreed, in the order in which they are let off: those that the subscription began with, then
 * those that were added, by when they took effect.
 */
export function discountsAgreed(
  subscription: Pick<Subscription, 'id' | 'startMs'>,
  facts: readonly Fact[],
): readonly AgreedDiscount[] {
  const gone = new Map<DiscountId, number>();
  const agreed: AgreedDiscount[] = [];
  for (const fact of byEffect(facts)) {
    if (fact.kind === 'subscribed')
      for (const [place, discount] of (fact.discounts ?? []).entries()) {
        const { startMs } = subscription;
        agreed.push({ id: startedDiscountId(subscription, place), discount, startMs });
      }
    if (fact.kind === 'discount_added') {
      const { discountId: id, discount, effectiveMs: startMs } = fact;
      agreed.push({ id, discount, startMs });
    }
    if (fact.kind === 'discount_removed' && !gone.has(fact.discountId))
      gone.set(fact.discountId, fact.effectiveMs);
  }
  return agreed.map((each) => {
    const goneMs = gone.get(each.id);
    return goneMs === undefined ? each : { ...each, goneMs };
  });
}

/**
 * Whether it is let off of a cycle, of all of it: of each that its time has a part of, which reaches from its start to
 * where it was taken away or is over, half-open.
 */
export function isLetOff(
  { discount: { until }, startMs, goneMs = Infinity }: AgreedDiscount,
  subscription: Counted,
  cycle: number,
): boolean {
  const cycles = cyclesOf(subscription);
  const { startMs: cycleMs, endMs } = cycles.period(cycle);
  if (endMs <= startMs) return false;
  if (until?.kind === 'cycles' && cycle - (cycles.at(startMs)?.number ?? 0) >= until.cycles)
    return false;
  const untilMs = Math.min(goneMs, until?.kind === 'instant' ? until.ms : Infinity);
  return Math.max(startMs, cycleMs) < untilMs;
}

/** The id of the so-manieth discount that comes next, from 0: the same when it is shown and when it is agreed. */
export function addedDiscountId(
  { id, changes }: Pick<Subscription, 'id' | 'changes'>,
  index: number,
): DiscountId {
  return derivedId('dsc', id, 'change', String(changes.length + index));
}

/** The id of a discount that a subscription began with, by its place. */
function startedDiscountId({ id }: Pick<Subscription, 'id'>, place: number): DiscountId {
  return derivedId('dsc', id, String(place));
}
