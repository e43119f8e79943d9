import type { Decimal } from '@billingrails/money';
import { exact, optional, record } from '../../plain';
import { packagesOf } from './packages';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/**
 * A tier: amount = quantity × unit amount + flat amount; where the tier counts packages, their number (a begun one
 * whole) × unit amount + flat amount.
 */
export interface TierStep extends StepFigures {
  readonly kind: 'tier';
  /** The tier holds what lies above this, and as far as `upTo` itself. */
  readonly above: Decimal;
  /** Absent: the tier goes on for ever. */
  readonly upTo?: Decimal;
  /** Absent: the unit amount is for each unit. */
  readonly packageSize?: Decimal;
  readonly unitAmount: Decimal;
  readonly flatAmount: Decimal;
}

export const tierStep = stepKind<TierStep>()({
  plain: record<OwnFields<TierStep>>()({
    above: exact,
    upTo: optional(exact),
    packageSize: optional(exact),
    unitAmount: exact,
    flatAmount: exact,
  }),
  amountOf({ quantity, packageSize, unitAmount, flatAmount }) {
    const units = packageSize === undefined ? quantity : packagesOf(quantity, packageSize);
    return units.mul(unitAmount).add(flatAmount);
  },
});
