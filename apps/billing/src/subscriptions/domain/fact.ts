import type { ChargeId, DiscountId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { ShareBasis } from '@billingrails/time';
import type { Commitment } from '../../catalogue/domain/commitment';
import type { Discount } from '../../catalogue/domain/discount';
import type { Fee } from '../../catalogue/domain/fee';
import type { MinimumTerm } from './minimum-term/minimum-term';
import { planKey, type PlanRef } from '../../catalogue/domain/plan';
import type { FeeChange, PriceCorrection } from '../../catalogue/domain/price-correction';
import { onceFor } from '../../domain/once-for';
import type { TrialLimit } from './trial/trial-limit';

/**
 * How a change inside a cycle is charged: by the exact time, by days, or not at all. With none the recurring fees of
 * the cycle stay as they are until it ends.
 */
export type Proration = ShareBasis | 'none';

/** What is billed of a subscription for a time in which not all of it is. */
export type BilledMeanwhile = 'nothing' | 'recurring' | 'usage';

/** An add-on to the plan, so many times. */
export interface AddOn extends PlanRef {
  /** Of what its fees by quantity are charged for. */
  readonly quantity: Decimal;
}

/** What was agreed. */
export type FactContent =
  | ({
      readonly kind: 'subscribed';
      readonly quantity: Decimal;
      /** How a first cycle is charged that is shorter than a whole one; with none like a whole one. */
      readonly proration: Proration;
      /** What is committed to in place of what the plans say. Unset: what they say. */
      readonly commitment?: Commitment;
      /** What is let off of its fees from its start on. Unset: nothing. */
      readonly discounts?: readonly Discount[];
    } & PlanRef)
  /** Another plan, or another version of it. */
  | ({ readonly kind: 'plan_changed'; readonly proration: Proration } & PlanRef)
  | { readonly kind: 'quantity_changed'; readonly quantity: Decimal; readonly proration: Proration }
  /** An add-on is attached, or has another quantity or version; with a quantity of 0 it is detached. */
  | ({ readonly kind: 'add_on_changed'; readonly proration: Proration } & AddOn)
  /** A fee is charged otherwise for this subscription alone. */
  | ({ readonly kind: 'fee_changed'; readonly proration: Proration } & FeeChange)
  /** Something is let off of its fees from the cycle on that it takes effect in. */
  | {
      readonly kind: 'discount_added';
      readonly discountId: DiscountId;
      readonly discount: Discount;
    }
  /** A discount is let off of no cycle any more that begins then or after it. */
  | { readonly kind: 'discount_removed'; readonly discountId: DiscountId }
  /** A fee of this subscription alone. */
  | { readonly kind: 'fee_added'; readonly fee: Fee }
  /** Nothing is charged from then on. With none what was billed in advance is not refunded. */
  | {
      readonly kind: 'cancelled';
      readonly proration: Proration;
      /** What is charged for ending before the term. Unset: nothing. */
      readonly fee?: { readonly chargeId: ChargeId; readonly amount: Decimal };
    }
  /** It is not to end before the term does, or not for nothing. */
  | { readonly kind: 'term_agreed'; readonly term: MinimumTerm }
  /** Until it is resumed no more is charged than `billed` says. */
  | { readonly kind: 'paused'; readonly billed: BilledMeanwhile; readonly proration: Proration }
  | { readonly kind: 'resumed'; readonly proration: Proration }
  /** Until the trial ends no more is charged than `billed` says. */
  | {
      readonly kind: 'trial_started';
      readonly billed: BilledMeanwhile;
      /** What is used in it at most. Unset: as much as there is. */
      readonly limit?: TrialLimit;
      /** With a limit: whether the subscription goes on once it is reached. */
      readonly converts?: boolean;
    }
  /** The subscription goes on, all of it charged, or ends with its trial. */
  | { readonly kind: 'trial_ended'; readonly converts: boolean; readonly proration: Proration }
  /** What a change said that has not taken effect does not come to be. */
  | { readonly kind: 'taken_back'; readonly change: number }
  /** An amount by hand; below zero it is a credit. */
  | {
      readonly kind: 'one_off';
      readonly chargeId: ChargeId;
      readonly description: string;
      readonly amount: Decimal;
      /** Whether a bill is made for it, or it waits for the next there is. */
      readonly billed: 'now' | 'next';
    }
  /** A fee costs something else for this subscription. What was billed by then stays until it is billed next. */
  | (Omit<PriceCorrection, 'effectiveMs' | 'knownMs'> & { readonly kind: 'price_corrected' });

/** A fact of a subscription. Facts are only added: the list of them is the subscription. */
export type Fact = FactContent & {
  /** When it takes effect, by the organisation's clock. */
  readonly effectiveMs: number;
  /** When it became known, by the organisation's clock. */
  readonly knownMs: number;
  /** Its place among the changes of its subscription, from 1. Unset for what it began with, and its own fees. */
  readonly number?: number;
};

/** The facts without those that were taken back. */
export const standing = onceFor((facts: readonly Fact[]): readonly Fact[] => {
  const takenBack = new Set(
    facts.flatMap((fact) => (fact.kind === 'taken_back' ? fact.change : [])),
  );
  if (takenBack.size === 0) return facts;
  return facts.filter(({ number }) => number === undefined || !takenBack.has(number));
});

/**
 * The facts that stand, in the order in which they take effect; of those at one instant the one known later comes last,
 * and wins.
 */
export const byEffect = onceFor((facts: readonly Fact[]): readonly Fact[] =>
  [...standing(facts)].sort((a, b) => a.effectiveMs - b.effectiveMs),
);

/** The versions of plans and add-ons that the facts name, the first one first. */
export function planRefsOf(facts: readonly Fact[]): PlanRef[] {
  const refs = facts.flatMap((fact) => ('planId' in fact ? [fact] : []));
  return [...new Map(refs.map((ref) => [planKey(ref), ref])).values()];
}
