import { assert } from '@billingrails/errors';
import { type Quantity, UNITS_PER_ONE } from '@billingrails/filters';
import { Decimal128 } from 'mongodb';

/**
 * A quantity as MongoDB keeps it: the whole part, and the fraction in units of 10^-18, both with the quantity's sign.
 * One Decimal128 would round silently past 34 digits, and a quantity alone has up to 38. Each of these two has
 * room for 10^14 quantities of the greatest size, so `$inc` on both is exact; and comparing first w, then f, orders
 * quantities, which is how `$min` and `$max` compare documents.
 */
export interface DecimalPair {
  w: Decimal128;
  f: Decimal128;
}

/** The pair of a quantity. */
export function toPair(quantity: Quantity): DecimalPair {
  return { w: toDecimal(quantity / UNITS_PER_ONE), f: toDecimal(quantity % UNITS_PER_ONE) };
}

/** The quantity of a pair; a missing part is zero. The fraction may exceed one, and have another sign: it is a sum. */
export function fromPair({ w, f }: Partial<DecimalPair>): Quantity {
  return integerOf(w) * UNITS_PER_ONE + integerOf(f);
}

const LOW_BITS = 64n;
const LOW = (1n << LOW_BITS) - 1n;
/** IEEE 754-2008: the exponent 0 in the high half, biased by 6176, above 49 bits of the coefficient. */
const EXPONENT_ZERO = 6176n << 49n;
const NEGATIVE = 1n << 63n;

/**
 * An integer of at most 34 digits. Writes the bytes by itself, as the driver's way through text is ten times slower.
 */
export function toDecimal(integer: bigint): Decimal128 {
  const magnitude = integer < 0n ? -integer : integer;
  const high = (magnitude >> LOW_BITS) | EXPONENT_ZERO;
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeBigUInt64LE(magnitude & LOW, 0);
  bytes.writeBigUInt64LE(integer < 0n ? high | NEGATIVE : high, 8);
  return new Decimal128(bytes);
}

/**
 * An integer of up to 34 digits, which MongoDB keeps without an exponent. Reads the bytes by itself, as `toDecimal`
 * writes them.
 */
function integerOf(value: Decimal128 | undefined): bigint {
  if (value === undefined) return 0n;
  const bytes = Buffer.from(value.bytes.buffer, value.bytes.byteOffset, value.bytes.byteLength);
  const high = bytes.readBigUInt64LE(8);
  const magnitude = high & ~NEGATIVE;
  assert(magnitude >> 49n === EXPONENT_ZERO >> 49n, 'a part of a quantity has no exponent');
  const integer = ((magnitude ^ EXPONENT_ZERO) << LOW_BITS) | bytes.readBigUInt64LE(0);
  return high === magnitude ? integer : -integer;
}
