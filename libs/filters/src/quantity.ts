import { decimalText, parseDecimal } from '@billingrails/money';
import type { JsonValue } from './json';

/**
 * Quantities are whole counts of 10^-18, so that adding and comparing them is exact and quick however many digits
 * they have. One that is read from an event has at most 20 integer and 18 fraction digits; a sum may have more.
 */
export type Quantity = bigint;

export const UNITS_PER_ONE = 10n ** 18n;
const FRACTION_DIGITS = 18;
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Why a property cannot be taken as a quantity. */
export type QuantityProblem = 'missing' | 'not_a_number' | 'out_of_range';

/**
 * Reads a quantity from a number (which counts as its shortest decimal form) or from a string that holds one in
 * JSON's number notation. Null is the same as missing; anything else is not a number.
 */
export function readQuantity(value: JsonValue | undefined): Quantity | QuantityProblem {
  if (value === undefined || value === null) return 'missing';
  if (typeof value === 'number') {
    // Nearly all numbers are integers, and this way is many times quicker than through text.
    if (Number.isSafeInteger(value)) return BigInt(value) * UNITS_PER_ONE;
    return quantityOfText(String(value));
  }
  return typeof value === 'string' ? quantityOfText(value) : 'not_a_number';
}

function quantityOfText(text: string): Quantity | QuantityProblem {
  const parsed = parseDecimal(text);
  if (parsed !== undefined) return quantityOf(decimalText(parsed));
  return JSON_NUMBER.test(text) ? 'out_of_range' : 'not_a_number';
}

/** From canonical text such as "-12.5", which must hold at most 18 fraction digits. */
function quantityOf(text: string): Quantity {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
}

/** Plain decimal text: no exponent, no trailing zeros, "0" for zero. */
export function quantityText(quantity: Quantity): string {
  const digits = (quantity < 0n ? -quantity : quantity)
    .toString()
    .padStart(FRACTION_DIGITS + 1, '0');
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  return `${quantity < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
