import { assert } from '@billingrails/errors';
import { decimal, type Decimal } from '@billingrails/money';
import { amountSteps } from './layers/amount-layers';
import { divide, takeCarried, takeIncluded } from './layers/quantity-layers';
import { modelOf } from './models/registry';
import { priceViolations, type Price } from './price';
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

/**
 * The charge for what was used: divide and round → units carried over → included units → the price's model → minimum →
 * maximum → percentage off → amount off. The price must have passed `priceViolations`.
 */
export function rate(price: Price, usage: PricedUsage): RatedCharge {
  assert(isSound(price), 'a price was validated before it is used');
  const { terms = {}, ...model } = price;
  const divided = divide(usage.quantity, terms);
  const rolled = takeCarried(divided.quantity, terms, usage.carried ?? []);
  const left = takeIncluded(rolled.quantity, terms);
  const priced = modelOf(model.kind).rate(model, { ...usage, quantity: left.quantity });
  const quantitySteps = [...divided.steps, ...rolled.steps, ...left.steps, ...priced];
  const steps = [...quantitySteps, ...amountSteps(sumOf(priced), terms, usage)];
  return { quantity: usage.quantity, amount: sumOf(steps), steps };
}

/** A plan's price is applied to every subscription, so it is looked at once: prices never change. */
function isSound(price: Price): boolean {
  if (SOUND.has(price)) return true;
  const isValid = priceViolations(price, 'price').length === 0;
  if (isValid) SOUND.add(price);
  return isValid;
}

const SOUND = new WeakSet<Price>();
const ZERO = decimal(0n);

function sumOf(steps: readonly RatedStep[]): Decimal {
  return steps.reduce((sum, step) => sum.add(step.amount), ZERO);
}
