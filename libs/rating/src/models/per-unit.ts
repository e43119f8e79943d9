import type { Decimal } from '@billingrails/money';
import { given, record } from '../plain';
import { makeStep } from '../steps/registry';
import { model } from './model';
import { amountViolations } from './violations';

/** The same amount for each unit, and for each part of one. Below zero it is a credit. */
export interface PerUnitPrice {
  readonly kind: 'perUnit';
  readonly unitAmount: Decimal;
}

export const perUnit = model<PerUnitPrice>()({
  basis: 'usage',
  plain: record<Omit<PerUnitPrice, 'kind'>>()({ unitAmount: given }),
  violations: ({ unitAmount }, path) => amountViolations(unitAmount, `${path}.unit_amount`),
  rate: ({ unitAmount }, { quantity }) => [makeStep({ kind: 'units', quantity, unitAmount })],
  stepsMax: () => 1,
});
