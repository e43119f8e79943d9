import { decimal, type Decimal } from '@billingrails/money';

/** Digits after the point of a quotient that may not end. What is cut is less than any currency can show. */
export const QUOTIENT_DIGITS = 36;

const PERCENT = decimal('0.01');

/** What is left of a quantity above zero when something of it is free. Below zero nothing is free. */
export function billable(quantity: Decimal, free: Decimal): Decimal {
  if (quantity.isNegative()) return quantity;
  return quantity.lte(free) ? decimal(0n) : quantity.sub(free);
}

export function percentOf(percent: Decimal, amount: Decimal): Decimal {
  return amount.mul(percent).mul(PERCENT);
}
