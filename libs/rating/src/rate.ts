import { assert } from '@billingrails/errors';
import { decimal, type Decimal } from '@billingrails/money';
import type { GraduatedPrice, Price } from './price';
import { validatePrice } from './validate-price';

/** What a quantity costs, exact and not rounded, with the arithmetic that leads there. */
export interface RatedCharge {
  readonly quantity: Decimal;
  /** The sum of the tiers' amounts. */
  readonly amount: Decimal;
  /** At least one; their quantities add up to the whole. A price without tiers has one. */
  readonly tiers: readonly RatedTier[];
}

/** One step: `amount` = `quantity` × `unitAmount` + `flatAmount`. */
export interface RatedTier {
  /** The tier holds what lies above `from`, and as far as `upTo` itself. */
  readonly above: Decimal;
  readonly upTo?: Decimal;
  /** The part of the quantity that falls into the tier. */
  readonly quantity: Decimal;
  readonly unitAmount: Decimal;
  readonly flatAmount: Decimal;
  readonly amount: Decimal;
}

const ZERO = decimal(0n);

/**
 * The charge for a quantity.
 *
 * Flat: the amount, once, whatever the quantity. Graduated: a tier is charged, its flat amount included, when the quantity
 * lies strictly above the end of the tier before it; the boundary unit belongs to the lower tier. Quantity zero reaches into no
 * tier: one step with nothing charged. A quantity below zero (sums can be) is a credit for as many units of the first tier:
 * its unit amount each, however far the credit goes, and no flat amount.
 *
 * The price must have passed `validatePrice`.
 */
export function rate(price: Price, quantity: Decimal): RatedCharge {
  assert(validatePrice(price, 'price').length === 0, 'a price was validated before it is used');
  const tiers = tiersOf(price, quantity);
  return { quantity, amount: tiers.reduce((sum, tier) => sum.add(tier.amount), ZERO), tiers };
}

function tiersOf(price: Price, quantity: Decimal): readonly RatedTier[] {
  switch (price.kind) {
    case 'flat':
      return [step({ above: ZERO, quantity, unitAmount: ZERO, flatAmount: price.amount })];
    case 'per_unit':
      return [step({ above: ZERO, quantity, unitAmount: price.unitAmount, flatAmount: ZERO })];
    case 'graduated':
      return graduated(price, quantity);
  }
}

function graduated({ tiers }: GraduatedPrice, quantity: Decimal): RatedTier[] {
  const steps: RatedTier[] = [];
  let above = ZERO;
  for (const tier of tiers) {
    if (quantity.lte(above)) break;
    const end = tier.upTo === undefined || quantity.lt(tier.upTo) ? quantity : tier.upTo;
    steps.push(step({ ...tier, above, quantity: end.sub(above) }));
    above = end;
  }
  const [first] = tiers;
  assert(first, 'a graduated price has a tier');
  return steps.length > 0 ? steps : [step({ ...first, above: ZERO, quantity, flatAmount: ZERO })];
}

function step(tier: Omit<RatedTier, 'amount'>): RatedTier {
  return { ...tier, amount: tier.quantity.mul(tier.unitAmount).add(tier.flatAmount) };
}
