import { assert, type Violation } from '@billingrails/errors';
import type { DiscountId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { discountViolations, type Discount } from '../../catalogue/domain/discount';
import type { PlanRef } from '../../catalogue/domain/plan';
import type { FeeChange } from '../../catalogue/domain/price-correction';
import type { AddOn, Fact, Proration } from './fact';
import { factsOf } from './facts-of';
import { addedDiscountId } from './discounts';
import type { MinimumTerm } from './minimum-term/minimum-term';
import { isKept } from './news';
import { cyclesOf, type Subscription } from './subscription';

/** When a change takes effect. */
export type ChangeTiming =
  | { readonly kind: 'now' }
  | { readonly kind: 'period_end' }
  | { readonly kind: 'at_time'; readonly ms: number };

/** A change as it was asked for. */
export interface ChangeDraft {
  /** Unset: the plan stays, in its version. */
  readonly plan?: PlanRef;
  /** Unset: the quantity stays. */
  readonly quantity?: Decimal;
  /** Those that are attached, changed or detached. Unset: none. */
  readonly addOns?: readonly AddOn[];
  /** Fees that are charged otherwise. Unset: none. */
  readonly fees?: readonly FeeChange[];
  /** For how long it is agreed at least from then on. Unset: as it is. */
  readonly term?: MinimumTerm;
  /** Discounts that begin. Unset: none. */
  readonly addedDiscounts?: readonly Discount[];
  /** Discounts that are taken away. Unset: none. */
  readonly removedDiscountIds?: readonly DiscountId[];
  readonly timing: ChangeTiming;
  readonly proration: Proration;
}

/** All that is wrong with a change, by path behind `path`. */
export function changeViolations(draft: ChangeDraft, path: string): Violation[] {
  const { plan, quantity, term, addOns = [], fees = [] } = draft;
  const { addedDiscounts = [], removedDiscountIds = [] } = draft;
  const others = [addOns, fees, addedDiscounts, removedDiscountIds];
  const isUnsaid = [plan, quantity, term].every((said) => said === undefined);
  if (isUnsaid && others.every(({ length }) => length === 0)) {
    const description = 'must name a plan, a quantity, add-ons, fees, discounts or a term';
    return [{ field: 'change', description }];
  }
  return [
    ...discountViolations(addedDiscounts, `${path}added_discounts`),
    ...repeated(addOns, ({ planId }) => planId).map((index) => {
      return { field: `${path}add_ons[${index}].plan_id`, description: 'is named before' };
    }),
    ...repeated(fees, ({ feeId }) => feeId).map((index) => {
      return { field: `${path}fees[${index}].fee_id`, description: 'is named before' };
    }),
  ];
}

/** The places of those that are named before. */
function repeated<T>(named: readonly T[], idOf: (each: T) => string): number[] {
  const ids = named.map(idOf);
  return ids.flatMap((id, index) => (ids.indexOf(id) < index ? [index] : []));
}

/** What is wrong with when something is to take effect, by path under `path`. */
export function timingViolations(
  { timing }: Pick<ChangeDraft, 'timing'>,
  nowMs: number,
  path: string,
): Violation[] {
  return timing.kind === 'at_time'
    ? pastViolations(timing.ms, nowMs, `${path}.effective_time`)
    : [];
}

/** What is wrong with an instant at which something is to take effect, by its field. */
export function pastViolations(ms: number, nowMs: number, field: string): Violation[] {
  if (ms >= nowMs) return [];
  const description = `must not be before the present, ${new Date(nowMs).toISOString()}`;
  return [{ field, description }];
}

/** When the change takes effect. */
export function effectiveMsOf(
  subscription: Subscription,
  { timing }: Pick<ChangeDraft, 'timing'>,
  nowMs: number,
): number {
  const fromMs = Math.max(nowMs, subscription.startMs);
  switch (timing.kind) {
    case 'now':
      return fromMs;
    case 'at_time':
      return Math.max(timing.ms, subscription.startMs);
    case 'period_end': {
      const underWay = cyclesOf(subscription).at(fromMs);
      assert(underWay !== undefined, 'from its start on a subscription is in a cycle');
      return underWay.period.endMs;
    }
  }
}

/** The subscription with the change; as it was where nothing of the change is to be kept. */
export function changedBy(
  subscription: Subscription,
  draft: ChangeDraft,
  nowMs: number,
): Subscription {
  const { plan, quantity, addOns = [], fees = [], proration } = draft;
  const { addedDiscounts = [], removedDiscountIds = [] } = draft;
  const effectiveMs = effectiveMsOf(subscription, draft, nowMs);
  const known = { effectiveMs, knownMs: nowMs };
  const times = { proration, ...known };
  const asked: Fact[] = [
    // First, as all of them are kept: so the place of each is its own.
    ...addedDiscounts.map((discount, index) => {
      const discountId = addedDiscountId(subscription, index);
      return { kind: 'discount_added', discountId, discount, ...known } as const;
    }),
    ...(plan === undefined ? [] : [{ kind: 'plan_changed', ...plan, ...times } as const]),
    ...(quantity === undefined ? [] : [{ kind: 'quantity_changed', quantity, ...times } as const]),
    ...addOns.map((addOn) => ({ kind: 'add_on_changed', ...addOn, ...times }) as const),
    ...fees.map((fee) => ({ kind: 'fee_changed', ...fee, ...times }) as const),
    ...removedDiscountIds.map(
      (discountId) => ({ kind: 'discount_removed', discountId, ...known }) as const,
    ),
  ];
  const before = factsOf(subscription);
  const kept = asked.filter((change) => isKept(before, change));
  if (kept.length === 0) return subscription;
  return { ...subscription, changes: [...subscription.changes, ...kept] };
}
