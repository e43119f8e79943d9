import { assert } from '@billingrails/errors';
import type { Price } from '../models/registry';
import { chargeOf, rate, type RatedCharge } from '../rate';
import type { PricedUsage } from '../usage';
import { amountSteps } from './amount-layers';
import { divide, takeIncluded } from './quantity-layers';
import { termsViolations, type Terms } from './terms';

/**
 * The charge for what was used, by a price and what was agreed beside it: divide and round → included units → the price's
 * model → minimum → maximum → percentage off → amount off. Price and terms must have passed their checks.
 */
export function rateWithTerms(price: Price, terms: Terms, usage: PricedUsage): RatedCharge {
  assert(termsViolations(terms, 'terms').length === 0, 'terms were validated before they are used');
  const divided = divide(usage.quantity, terms);
  const left = takeIncluded(divided.quantity, terms);
  const rated = rate(price, { ...usage, quantity: left.quantity });
  return chargeOf(usage.quantity, [
    ...divided.steps,
    ...left.steps,
    ...rated.steps,
    ...amountSteps(rated.amount, terms),
  ]);
}
