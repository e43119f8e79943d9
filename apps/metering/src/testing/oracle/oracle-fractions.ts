/** Exact numbers for the oracle, by other means than the service's. */

/** A number as top / bottom, the bottom a power of ten. */
export interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

export function number(value: unknown): Fraction {
  return fractionOf(value) ?? { top: 0n, bottom: 1n };
}

/** The number that a value is or holds, when it has at most 20 digits before and 18 after the point. */
export function fractionOf(value: unknown): Fraction | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const match = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/.exec(`${value}`);
  if (match === null) return undefined;
  const [, sign, whole = '', part = '', exponentText = '0'] = match;
  const exponent = Number(exponentText) - part.length;
  if (Math.abs(exponent) > 1000) return undefined;
  let top = BigInt(whole + part) * (sign === '-' ? -1n : 1n);
  let bottom = 1n;
  if (exponent >= 0) top *= 10n ** BigInt(exponent);
  else bottom = 10n ** BigInt(-exponent);
  while (bottom > 1n && top % 10n === 0n) [top, bottom] = [top / 10n, bottom / 10n];
  const size = top < 0n ? -top : top;
  return bottom > 10n ** 18n || size / bottom >= 10n ** 20n ? undefined : { top, bottom };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
}

export function order(a: Fraction, b: Fraction): number {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** By long division, which ends because the bottom is a power of ten. */
export function textOf(fraction: Fraction | undefined): string {
  if (fraction === undefined) return '';
  const negative = fraction.top < 0n;
  const top = negative ? -fraction.top : fraction.top;
  let digits = '';
  for (let rest = top % fraction.bottom; rest > 0n; rest = (rest * 10n) % fraction.bottom) {
    digits += ((rest * 10n) / fraction.bottom).toString();
  }
  const whole = (top / fraction.bottom).toString();
  return `${negative ? '-' : ''}${whole}${digits === '' ? '' : `.${digits}`}`;
}

/** The fraction times a whole number, divided by another. */
export function share({ top, bottom }: Fraction, times: number, divisor: number): Fraction {
  return { top: top * BigInt(times), bottom: bottom * BigInt(divisor) };
}

/** Cut by long division to 18 digits after the point; the next digit decides whether the last is one more. */
export function rounded({ top, bottom }: Fraction): Fraction {
  const sign = top < 0n ? -1n : 1n;
  let digits = (top * sign) / bottom;
  let rest = (top * sign) % bottom;
  for (let digit = 0; digit < 18; digit += 1) {
    digits = digits * 10n + (rest * 10n) / bottom;
    rest = (rest * 10n) % bottom;
  }
  if ((rest * 10n) / bottom >= 5n) digits += 1n;
  return { top: digits * sign, bottom: 10n ** 18n };
}
