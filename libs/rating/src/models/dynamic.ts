import { record } from '../plain';
import { makeStep } from '../steps/registry';
import { model } from './model';

/** The price comes in the events: the quantity is the sum of the amounts that they report, and is what is charged. */
export interface DynamicPrice {
  readonly kind: 'dynamic';
}

export const dynamic = model<DynamicPrice>()({
  basis: 'usage',
  plain: record<Omit<DynamicPrice, 'kind'>>()({}),
  violations: () => [],
  rate: (_price, { quantity }) => [makeStep({ kind: 'reported', quantity })],
  stepsMax: () => 1,
});
