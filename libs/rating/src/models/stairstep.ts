import { decimal, type Decimal } from '@billingrails/money';
import { given, list, optional, record } from '../plain';
import { model } from './model';
import {
  tierListViolations,
  tierOf,
  tierStepOf,
  unreachedStep,
  type Bounded,
  type Tier,
} from './tiers';
import { amountViolations } from './violations';

/** A price for whatever lies in a tier: the quantity only chooses which. */
export interface StairstepPrice {
  readonly kind: 'stairstep';
  readonly tiers: readonly Stair[];
}

export interface Stair extends Bounded {
  /** For all of the quantity, once. */
  readonly flatAmount: Decimal;
}

/** The boundary unit belongs to the lower stair. Zero and below stand on none and cost nothing. */
export const stairstep = model<StairstepPrice>()({
  basis: 'usage',
  plain: record<Omit<StairstepPrice, 'kind'>>()({
    tiers: list(record<Stair>()({ upTo: optional(given), flatAmount: given })),
  }),
  violations: ({ tiers }, path) =>
    tierListViolations(tiers, `${path}.tiers`, ({ flatAmount }, field) =>
      amountViolations(flatAmount, `${field}.flat_amount`),
    ),
  rate(price, { quantity }) {
    const tiers = price.tiers.map(unitless);
    const stair = tierOf(tiers, quantity);
    return [stair === undefined ? unreachedStep(tiers, quantity) : tierStepOf(stair, quantity)];
  },
  stepsMax: () => 1,
});

function unitless(stair: Stair): Tier {
  return { ...stair, unitAmount: decimal(0n) };
}
