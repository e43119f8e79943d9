import type { Decimal } from '@billingrails/money';
import { given, record } from '../plain';
import { makeStep } from '../steps/registry';
import { model } from './model';
import { amountViolations } from './violations';

/** The same amount every cycle, whatever was used. */
export interface FlatPrice {
  readonly kind: 'flat';
  readonly amount: Decimal;
}

export const flat = model<FlatPrice>()({
  basis: 'time',
  plain: record<Omit<FlatPrice, 'kind'>>()({ amount: given }),
  violations: ({ amount }, path) => amountViolations(amount, `${path}.amount`),
  rate: ({ amount }, { quantity }) => [makeStep({ kind: 'flat', quantity, flatAmount: amount })],
  stepsMax: () => 1,
});
