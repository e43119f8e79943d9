/** Decimals of so many digits are told apart by their doubles, so each is the shortest decimal of its own. */
const SAFE_DIGITS = 15;
/** Well within what a double's exponent holds. */
const SAFE_EXPONENT = 280;

const literalShape = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Whether a number of JSON is exactly what becomes of it. A JSON number is a double here and counts as the shortest
 * decimal that stands for that double: 0.1 is exactly that, 9007199254740993 would become …992.
 */
export function isExactNumber(literal: string): boolean {
  const match = literalShape.exec(literal);
  if (match === null) return false;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const isSmall = Math.abs(Number(exponent)) + whole.length + fraction.length < SAFE_EXPONENT;
  if (isSmall && whole.length + fraction.length <= SAFE_DIGITS) return true;
  return sameDecimal(literal, String(Number(literal)));
}

function sameDecimal(literal: string, shortest: string): boolean {
  const [a, b] = [normalized(literal), normalized(shortest)];
  return a !== undefined && b !== undefined && a.digits === b.digits && a.exponent === b.exponent;
}

/** A decimal without its sign as digits, of which neither the first nor the last is 0, times a power of ten. */
function normalized(text: string): { digits: string; exponent: number } | undefined {
  const match = literalShape.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const significant = (whole + fraction).replace(/^0+/, '');
  const digits = withoutLastZeros(significant);
  if (digits === '') return { digits, exponent: 0 };
  return {
    digits,
    exponent: Number(exponent) - fraction.length + significant.length - digits.length,
  };
}

/** Not by a regular expression, which would look at every run of zeros again from each of its zeros. */
function withoutLastZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
