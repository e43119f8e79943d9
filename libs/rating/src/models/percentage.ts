import type { Decimal } from '@billingrails/money';
import { countOrZero, given, givenOrZero, record } from '../plain';
import { makeStep } from '../steps/registry';
import { model } from './model';
import { amountViolations } from './violations';

/**
 * A part of the amount that the events report, and something for each event: the quantity is the sum of those amounts. The
 * free amount comes off their sum and the free events off their number, whatever the order they came in.
 */
export interface PercentagePrice {
  readonly kind: 'percentage';
  /** 2.9 is 2.9 %. */
  readonly percent: Decimal;
  /** For each event. */
  readonly fixedAmount: Decimal;
  readonly freeAmount: Decimal;
  readonly freeEvents: bigint;
}

export const percentage = model<PercentagePrice>()({
  basis: 'usage',
  plain: record<Omit<PercentagePrice, 'kind'>>()({
    percent: given,
    fixedAmount: givenOrZero,
    freeAmount: givenOrZero,
    freeEvents: countOrZero,
  }),
  violations: ({ percent, fixedAmount, freeAmount }, path) => [
    ...amountViolations(percent, `${path}.percent`),
    ...amountViolations(fixedAmount, `${path}.fixed_amount`),
    ...amountViolations(freeAmount, `${path}.free_amount`),
  ],
  rate: ({ kind: _kind, ...price }, { quantity, eventCount }) => [
    makeStep({ kind: 'percentage', quantity, eventCount, ...price }),
  ],
  stepsMax: () => 1,
});
