import { assert } from '@billingrails/errors';
import { decimal, type Decimal } from '@billingrails/money';
import { givenOrZero, given, list, optional, record } from '../plain';
import type { PercentageTierStep } from '../steps/kinds/percentage-tier';
import { makeStep } from '../steps/registry';
import { model } from './model';
import { partsByTier, tierListViolations, type Bounded, type Reached } from './tiers';
import { amountViolations } from './violations';

/** Each part of the amount that the events report has the percentage of the tier it falls into. */
export interface GraduatedPercentagePrice {
  readonly kind: 'graduatedPercentage';
  readonly tiers: readonly PercentageTier[];
}

export interface PercentageTier extends Bounded {
  /** 2.9 is 2.9 %. */
  readonly percent: Decimal;
  /** Charged once, when the tier is reached. */
  readonly flatAmount: Decimal;
}

/** Boundaries, zero and amounts below zero are as in a graduated price. */
export const graduatedPercentage = model<GraduatedPercentagePrice>()({
  basis: 'usage',
  plain: record<Omit<GraduatedPercentagePrice, 'kind'>>()({
    tiers: list(
      record<PercentageTier>()({
        upTo: optional(given),
        percent: givenOrZero,
        flatAmount: givenOrZero,
      }),
    ),
  }),
  violations: ({ tiers }, path) =>
    tierListViolations(tiers, `${path}.tiers`, ({ percent, flatAmount }, field) => [
      ...amountViolations(percent, `${field}.percent`),
      ...amountViolations(flatAmount, `${field}.flat_amount`),
    ]),
  rate({ tiers }, { quantity }) {
    const parts = partsByTier(tiers, quantity);
    if (parts.length > 0) return parts.map((part) => stepOf(part.tier, part.quantity));
    const [first] = tiers;
    assert(first, 'a price with tiers has at least one');
    return [stepOf({ ...first, above: decimal(0n), flatAmount: decimal(0n) }, quantity)];
  },
  stepsMax: ({ tiers }) => tiers.length,
});

function stepOf(tier: Reached<PercentageTier>, quantity: Decimal): PercentageTierStep {
  return makeStep({ kind: 'percentageTier' as const, ...tier, quantity });
}
