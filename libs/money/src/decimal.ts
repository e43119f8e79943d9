import { assert } from '@billingrails/errors';
import { Decimal as DecimalJs } from 'decimal.js';

/** Digits before and after the point together. Three quantities multiplied need 114. */
const DIGITS_MAX = 120;

/** The JSON number grammar: no "+" in front, no leading zeros, digits on both sides of a point. */
const numberGrammar = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Where what is left over goes: `up` to the greater number, `down` to the lesser, `half` to the nearer, half away from
 * zero.
 */
export type Rounding = 'up' | 'down' | 'half';

const Arithmetic = DecimalJs.clone({
  precision: DIGITS_MAX,
  rounding: DecimalJs.ROUND_HALF_UP,
  maxE: 999,
  minE: -999,
  // Plain notation for every number.
  toExpNeg: -999,
  toExpPos: 999,
});

/**
 * An exact decimal. No operation rounds: one whose result could need more than 120 digits throws instead, so a digit is
 * never lost silently. A quotient may never end, so `divide` is told how many digits to keep and how to round the rest.
 * There is no negative zero, NaN or infinity.
 */
export class Decimal {
  private constructor(private readonly value: DecimalJs) {}

  /**
   * The number that the text writes in the JSON number grammar; undefined for any other text and for too many digits.
   */
  static parse(text: string): Decimal | undefined {
    if (!numberGrammar.test(text)) return undefined;
    const value = new Arithmetic(text);
    if (!value.isFinite()) return undefined;
    if (value.isZero()) {
      // A number too close to zero for the exponent would be read as zero.
      return /^[^eE]*[1-9]/.test(text) ? undefined : Decimal.#from(value);
    }
    return integerDigits(value) + fractionDigits(value) <= DIGITS_MAX
      ? Decimal.#from(value)
      : undefined;
  }

  static #from(value: DecimalJs): Decimal {
    return new Decimal(value.isZero() ? value.abs() : value);
  }

  add(other: Decimal): Decimal {
    assertSumFits(this.value, other.value);
    return Decimal.#from(this.value.add(other.value));
  }

  sub(other: Decimal): Decimal {
    assertSumFits(this.value, other.value);
    return Decimal.#from(this.value.sub(other.value));
  }

  mul(other: Decimal): Decimal {
    const digits =
      integerDigits(this.value) +
      integerDigits(other.value) +
      fractionDigits(this.value) +
      fractionDigits(other.value);
    assert(digits <= DIGITS_MAX, 'a product stays within the digits that are kept exactly');
    return Decimal.#from(this.value.mul(other.value));
  }

  neg(): Decimal {
    return Decimal.#from(this.value.neg());
  }

  abs(): Decimal {
    return Decimal.#from(this.value.abs());
  }

  /** Without its fraction: towards zero. */
  trunc(): Decimal {
    return Decimal.#from(this.value.trunc());
  }

  /** The quotient with so many digits after the point; what lies beyond is rounded as it says. */
  divide(divisor: Decimal, fractionDigits: number, rounding: Rounding): Decimal {
    assert(!divisor.isZero(), 'nothing is divided by zero');
    const scale = Math.max(this.fractionDigits(), divisor.fractionDigits());
    const [dividend, by] = [
      scaled(this.value, scale + fractionDigits),
      scaled(divisor.value, scale),
    ];
    const quotient = roundedQuotient(by < 0n ? -dividend : dividend, by < 0n ? -by : by, rounding);
    return decimal(`${quotient}e-${fractionDigits}`);
  }

  /** The nearest whole number, half away from zero. */
  roundToInteger(): bigint {
    return BigInt(this.value.round().toFixed());
  }

  /** Below zero, zero or above zero, as this is less than, equal to or greater than the other. */
  cmp(other: Decimal): number {
    return this.value.cmp(other.value);
  }

  eq(other: Decimal): boolean {
    return this.value.eq(other.value);
  }

  lt(other: Decimal): boolean {
    return this.value.lt(other.value);
  }

  lte(other: Decimal): boolean {
    return this.value.lte(other.value);
  }

  gt(other: Decimal): boolean {
    return this.value.gt(other.value);
  }

  gte(other: Decimal): boolean {
    return this.value.gte(other.value);
  }

  isZero(): boolean {
    return this.value.isZero();
  }

  /** Strictly below zero. */
  isNegative(): boolean {
    return this.value.isNegative();
  }

  /** How many digits stand before the point; 0 when the whole part is zero. */
  integerDigits(): number {
    return integerDigits(this.value);
  }

  /** How many digits stand after the point, without trailing zeros. */
  fractionDigits(): number {
    return fractionDigits(this.value);
  }

  /** Canonical plain text: see `decimalText`. */
  toString(): string {
    return this.value.toString();
  }

  toJSON(): string {
    return this.toString();
  }

  /** `<` and `+` on decimals would compare and join their texts. */
  valueOf(): never {
    throw new TypeError('Decimals have no operators: use cmp, lt, add and so on.');
  }
}

/**
 * A decimal from a trusted text (JSON number grammar), a bigint or a safe integer. Texts of callers go through
 * `parseDecimal`; what is none here, is a bug.
 */
export function decimal(value: string | bigint | number): Decimal {
  assert(
    typeof value !== 'number' || Number.isSafeInteger(value),
    'only safe integers become decimals: a float is not exact',
  );
  const parsed = Decimal.parse(value.toString());
  assert(parsed !== undefined, 'the text is a decimal of at most 120 digits');
  return parsed;
}

/** Canonical plain text, equal for equal numbers: "0.5", "18059974", "-3"; no exponent, no trailing zeros, no "-0". */
export function decimalText(value: Decimal): string {
  return value.toString();
}

/** The number times 10^scale, which leaves it without a fraction. */
function scaled(value: DecimalJs, scale: number): bigint {
  return BigInt(value.mul(new Arithmetic(`1e${scale}`)).toFixed());
}

/** The divisor is above zero. */
function roundedQuotient(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  // Towards zero; the rest has the dividend's sign.
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  if (rest === 0n) return quotient;
  switch (rounding) {
    case 'up':
      return rest > 0n ? quotient + 1n : quotient;
    case 'down':
      return rest < 0n ? quotient - 1n : quotient;
    case 'half': {
      const isHalf = (rest < 0n ? -rest : rest) * 2n >= divisor;
      if (!isHalf) return quotient;
      return rest < 0n ? quotient - 1n : quotient + 1n;
    }
  }
}

function integerDigits(value: DecimalJs): number {
  return value.isZero() ? 0 : Math.max(value.e + 1, 0);
}

function fractionDigits(value: DecimalJs): number {
  return value.decimalPlaces();
}

function assertSumFits(a: DecimalJs, b: DecimalJs): void {
  const digits =
    Math.max(integerDigits(a), integerDigits(b)) +
    1 + // the carry
    Math.max(fractionDigits(a), fractionDigits(b));
  assert(digits <= DIGITS_MAX, 'a sum stays within the digits that are kept exactly');
}
