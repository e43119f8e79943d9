import { assert } from '@billingrails/errors';
import type { Decimal } from '@billingrails/money';

/** An exact number of minor units; the divisor is above 0. */
export interface Fraction {
  readonly dividend: bigint;
  readonly divisor: bigint;
}

/** `amount` × `factor` ÷ `by`, exactly. `by` is above 0. */
export function fractionOf(amount: bigint, factor: Decimal, by: Decimal): Fraction {
  const digits = Math.max(factor.fractionDigits(), by.fractionDigits());
  return { dividend: amount * scaled(factor, digits), divisor: scaled(by, digits) };
}

/**
 * Whole parts that sum to the rounding (half away from zero) of the sum of what they are parts of, each less than 1
 * from its own: each is rounded down, and what is missing goes to those with the largest remainders, of equal ones to
 * the earlier. Where the sum is negative, all of it is done with the sign turned, so that what is credited has the
 * parts of what was charged.
 */
export function wholeParts(exact: readonly Fraction[]): bigint[] {
  const divisor = [...new Set(exact.map((each) => each.divisor))].reduce((a, b) => a * b, 1n);
  const dividends = exact.map((each) => each.dividend * (divisor / each.divisor));
  const sum = dividends.reduce((a, b) => a + b, 0n);
  const sign = sum < 0n ? -1n : 1n;
  const parts = dividends.map((dividend, index) => {
    const rest = modulo(sign * dividend, divisor);
    return { index, whole: (sign * dividend - rest) / divisor, rest };
  });
  const wanted = (2n * sign * sum + divisor) / (2n * divisor);
  const missing = Number(parts.reduce((rest, { whole }) => rest - whole, wanted));
  assert(missing >= 0 && missing <= parts.length, 'each part gets at most one more');
  const neediest = [...parts].sort((a, b) => compare(b.rest, a.rest) || a.index - b.index);
  const more = new Set(neediest.slice(0, missing).map(({ index }) => index));
  return parts.map(({ index, whole }) => sign * (more.has(index) ? whole + 1n : whole));
}

/** Minor units that are this much of a minor unit: 2.5 with one digit is 25. */
function scaled(value: Decimal, digits: number): bigint {
  const text = value.toString();
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(`${whole}${fraction.padEnd(digits, '0')}`);
}

/** At least 0 and less than the divisor. */
function modulo(dividend: bigint, divisor: bigint): bigint {
  const rest = dividend % divisor;
  return rest < 0n ? rest + divisor : rest;
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
