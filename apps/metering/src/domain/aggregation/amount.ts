import type { Quantity } from '@billingrails/filters';

/**
 * What a user is shown, as a whole count of 10^-21: a quantity has 18 fraction digits, and a level times milliseconds
 * three more where it is told in seconds. So nothing rounds on the way to a sum of amounts.
 */
export type Amount = bigint;

const FRACTION_DIGITS = 21;
const AMOUNTS_PER_QUANTITY = 1_000n;
const AMOUNTS_PER_ONE = 10n ** BigInt(FRACTION_DIGITS);

/** A quantity as an amount. */
export function amountOf(quantity: Quantity): Amount {
  return quantity * AMOUNTS_PER_QUANTITY;
}

/** A number of things. */
export function amountOfCount(count: number): Amount {
  return BigInt(count) * AMOUNTS_PER_ONE;
}

/** A level times milliseconds, in seconds. */
export function amountOfArea(area: bigint): Amount {
  // A thousandth, and a thousand times as many units.
  return area;
}

/** The quantity divided by a count above 0, to 18 fraction digits, half away from zero. */
export function amountOfShare(quantity: Quantity, count: number): Amount {
  const divisor = BigInt(count);
  const size = quantity < 0n ? -quantity : quantity;
  const rounded = (2n * size + divisor) / (2n * divisor);
  return amountOf(quantity < 0n ? -rounded : rounded);
}

/** Plain decimal text: no exponent, no trailing zeros, "0" for zero. */
export function amountText(amount: Amount): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(FRACTION_DIGITS + 1, '0');
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  return `${amount < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
