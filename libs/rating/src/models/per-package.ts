import type { Decimal } from '@billingrails/money';
import { flag, given, givenOrZero, record } from '../plain';
import { makeStep } from '../steps/registry';
import { model } from './model';
import { amountViolations, sizeViolations } from './violations';

/**
 * The same amount for each package of units, after the free ones. A begun package is charged whole, or pro rata.
 * Below zero nothing is free, and of whole packages only those come back that are taken back whole.
 */
export interface PerPackagePrice {
  readonly kind: 'perPackage';
  readonly packageSize: Decimal;
  readonly packageAmount: Decimal;
  readonly freeUnits: Decimal;
  readonly proRata: boolean;
}

export const perPackage = model<PerPackagePrice>()({
  basis: 'usage',
  plain: record<Omit<PerPackagePrice, 'kind'>>()({
    packageSize: given,
    packageAmount: given,
    freeUnits: givenOrZero,
    proRata: flag,
  }),
  violations: ({ packageSize, packageAmount, freeUnits }, path) => [
    ...sizeViolations(packageSize, `${path}.package_size`),
    ...amountViolations(packageAmount, `${path}.package_amount`),
    ...amountViolations(freeUnits, `${path}.free_units`),
  ],
  rate: ({ kind: _kind, ...price }, { quantity }) => [
    makeStep({ kind: 'packages', quantity, ...price }),
  ],
  stepsMax: () => 1,
});
