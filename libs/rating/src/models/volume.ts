import { model } from './model';
import {
  tierListViolations,
  tierOf,
  tiersPlain,
  tierStepOf,
  tierViolations,
  unreachedStep,
  type Tier,
} from './tiers';

/** The whole quantity has the price of the one tier that holds it: so one unit more may cost less. */
export interface VolumePrice {
  readonly kind: 'volume';
  readonly tiers: readonly Tier[];
}

/** The boundary unit belongs to the lower tier. Zero and below are as in a graduated price. */
export const volume = model<VolumePrice>()({
  basis: 'usage',
  plain: tiersPlain,
  violations: ({ tiers }, path) => tierListViolations(tiers, `${path}.tiers`, tierViolations),
  rate({ tiers }, { quantity }) {
    const tier = tierOf(tiers, quantity);
    return [tier === undefined ? unreachedStep(tiers, quantity) : tierStepOf(tier, quantity)];
  },
  stepsMax: () => 1,
});
