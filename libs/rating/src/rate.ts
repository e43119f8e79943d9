import { assert } from '@billingrails/errors';
import { decimal, type Decimal } from '@billingrails/money';
import { modelOf, type Price } from './models/registry';
import { priceViolations } from './price';
import type { RatedStep } from './steps/registry';
import type { PricedUsage } from './usage';

/** What usage costs, exact and not rounded, with the arithmetic that leads there. */
export interface RatedCharge {
  readonly quantity: Decimal;
  /** The sum of the steps' amounts. */
  readonly amount: Decimal;
  /** At least one; their quantities add up to the whole. */
  readonly steps: readonly RatedStep[];
}

/** The charge for what was used, by the price's model. The price must have passed `priceViolations`. */
export function rate(price: Price, usage: PricedUsage): RatedCharge {
  assert(priceViolations(price, 'price').length === 0, 'a price was validated before it is used');
  return chargeOf(usage.quantity, modelOf(price.kind).rate(price, usage));
}

/** What these steps come to. */
export function chargeOf(quantity: Decimal, steps: readonly RatedStep[]): RatedCharge {
  return {
    quantity,
    amount: steps.reduce((sum, step) => sum.add(step.amount), decimal(0n)),
    steps,
  };
}
