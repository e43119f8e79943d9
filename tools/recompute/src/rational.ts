/** An exact fraction; `over` is above 0. */
export interface Rational {
  readonly of: bigint;
  readonly over: bigint;
}

export const ZERO: Rational = { of: 0n, over: 1n };

/** So many digits after the point has a quotient that never ends. */
export const QUOTIENT_DIGITS = 36;

/** Reads a decimal such as "-1.50". */
export function rational(text: string): Rational {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) throw new Error(`"${text}" is no decimal.`);
  const [, sign, whole = '', fraction = ''] = match;
  const digits = BigInt(whole + fraction);
  return fractionOf(sign === '-' ? -digits : digits, 10n ** BigInt(fraction.length));
}

/** of ÷ over. */
export function fractionOf(of: bigint, over: bigint): Rational {
  if (over === 0n) throw new Error('Nothing is divided by 0.');
  const divisor = commonDivisor(of, over) * (over < 0n ? -1n : 1n);
  return { of: of / divisor, over: over / divisor };
}

export function plus(a: Rational, b: Rational): Rational {
  return fractionOf(a.of * b.over + b.of * a.over, a.over * b.over);
}

export function minus(a: Rational, b: Rational): Rational {
  return plus(a, negated(b));
}

export function times(a: Rational, b: Rational): Rational {
  return fractionOf(a.of * b.of, a.over * b.over);
}

export function over(a: Rational, b: Rational): Rational {
  return fractionOf(a.of * b.over, a.over * b.of);
}

export function negated({ of, over: below }: Rational): Rational {
  return { of: -of, over: below };
}

/** Below 0, 0 or above 0, as a is less than, equal to or greater than b. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.of * b.over - b.of * a.over;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function least(a: Rational, b: Rational): Rational {
  return compare(a, b) <= 0 ? a : b;
}

export function greatest(a: Rational, b: Rational): Rational {
  return compare(a, b) >= 0 ? a : b;
}

export function sumOf(all: readonly Rational[]): Rational {
  return all.reduce(plus, ZERO);
}

/** The next whole number below, or the number itself. */
export function floor({ of, over: below }: Rational): bigint {
  return of >= 0n ? of / below : -((-of + below - 1n) / below);
}

/** The next whole number above, or the number itself. */
export function ceiling(value: Rational): bigint {
  return -floor(negated(value));
}

/** The nearest whole number, half away from zero. */
export function nearest({ of, over: below }: Rational): bigint {
  const size = of < 0n ? -of : of;
  const whole = (2n * size + below) / (2n * below);
  return of < 0n ? -whole : whole;
}

/** Rounded to so many digits after the point, half away from zero. */
export function toDigits(value: Rational, digits: number): Rational {
  const scale = 10n ** BigInt(digits);
  return fractionOf(nearest(times(value, { of: scale, over: 1n })), scale);
}

/** The decimal without zeros at the end. The value must have one that ends. */
export function decimalText(value: Rational): string {
  const scale = 120n;
  const scaled = value.of * 10n ** scale;
  if (scaled % value.over !== 0n) throw new Error('A decimal that never ends.');
  return withPoint(scaled / value.over, Number(scale)).replace(/\.?0+$/, '');
}

/** Whole minor units of an amount that is written with all digits of its currency, or fewer. */
export function minorUnits(amount: string, digits: number): bigint {
  return nearest(times(rational(amount), fractionOf(10n ** BigInt(digits), 1n)));
}

/** So many minor units as money, with all of the currency's digits. */
export function moneyText(minorUnits: bigint, digits: number): string {
  return digits === 0 ? String(minorUnits) : withPoint(minorUnits, digits);
}

function withPoint(units: bigint, digits: number): string {
  const size = (units < 0n ? -units : units).toString().padStart(digits + 1, '0');
  return `${units < 0n ? '-' : ''}${size.slice(0, -digits)}.${size.slice(-digits)}`;
}

function commonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
