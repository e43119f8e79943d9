import { decimal, type Decimal } from '@billingrails/money';
import { exact, flag, record } from '../../plain';
import { billable, QUOTIENT_DIGITS } from '../parts';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/**
 * Packages of what the free units leave: amount = packages × package amount, a begun package whole; or pro rata,
 * amount = billable units × package amount ÷ package size.
 */
export interface PackagesStep extends StepFigures {
  readonly kind: 'packages';
  readonly freeUnits: Decimal;
  readonly packageSize: Decimal;
  readonly packageAmount: Decimal;
  readonly proRata: boolean;
}

export const packagesStep = stepKind<PackagesStep>()({
  plain: record<OwnFields<PackagesStep>>()({
    freeUnits: exact,
    packageSize: exact,
    packageAmount: exact,
    proRata: flag,
  }),
  amountOf({ quantity, freeUnits, packageSize, packageAmount, proRata }) {
    const units = billable(quantity, freeUnits);
    return proRata
      ? units.mul(packageAmount).divide(packageSize, QUOTIENT_DIGITS, 'half')
      : packagesOf(units, packageSize).mul(packageAmount);
  },
});

/**
 * How many packages the units take, a begun one whole. Below zero only whole ones come back: of 15 units that are
 * taken back from packages of ten, one.
 */
export function packagesOf(units: Decimal, packageSize: Decimal): Decimal {
  return units.isZero() ? decimal(0n) : units.divide(packageSize, 0, 'up');
}
