import { model } from './model';
import {
  partsByTier,
  tierListViolations,
  tiersPlain,
  tierStepOf,
  tierViolations,
  unreachedStep,
  type Tier,
} from './tiers';

/** Each part of the quantity has the price of the tier it falls into. */
export interface GraduatedPrice {
  readonly kind: 'graduated';
  readonly tiers: readonly Tier[];
}

/**
 * A tier is charged, its flat amount included, when the quantity lies strictly above its beginning. Zero reaches no
 * tier. Below zero it is a credit for as many units of the first tier, however far it goes, without a flat amount.
 */
export const graduated = model<GraduatedPrice>()({
  basis: 'usage',
  plain: tiersPlain,
  violations: ({ tiers }, path) => tierListViolations(tiers, `${path}.tiers`, tierViolations),
  rate({ tiers }, { quantity }) {
    const parts = partsByTier(tiers, quantity);
    return parts.length === 0
      ? [unreachedStep(tiers, quantity)]
      : parts.map((part) => tierStepOf(part.tier, part.quantity));
  },
  stepsMax: ({ tiers }) => tiers.length,
});
