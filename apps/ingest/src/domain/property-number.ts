import { limits } from './event';

/**
 * What keeps a number from being a property; undefined when nothing does. A JSON number is a double: it stands for its
 * shortest decimal form, so it may only be one that this form says exactly as it was meant.
 */
export function numberProblem(number: number): string | undefined {
  if (Number.isSafeInteger(number)) return undefined;
  if (!Number.isFinite(number)) return 'must be finite';
  if (Math.abs(number) > Number.MAX_SAFE_INTEGER)
    return 'must be between -(2^53-1) and 2^53-1; send it as a string';
  if (fractionDigits(number) > limits.numberFractionDigitsMax)
    return `must have at most ${limits.numberFractionDigitsMax} fraction digits; send it as a string, shortened`;
  return undefined;
}

/** Fraction digits of the shortest decimal form in plain notation: 1.5e-7 has eight. */
function fractionDigits(number: number): number {
  const [mantissa = '', exponent = '0'] = String(number).split('e');
  const point = mantissa.indexOf('.');
  const digits = point === -1 ? 0 : mantissa.length - point - 1;
  return Math.max(0, digits - Number(exponent));
}
