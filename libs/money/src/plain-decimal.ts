import { assert } from '@billingrails/errors';
import { Decimal } from './decimal';

/**
 * The number that a caller wrote in a field that is a decimal: digits, perhaps a sign, a point, and zeros in front
 * ("20.00", "-3", "007.5"). Undefined for any other text and for too many digits.
 */
export function parsePlainDecimal(text: string): Decimal | undefined {
  return /[eE]/.test(text) ? undefined : Decimal.parse(text.replace(/^(-?)0+(?=[0-9])/, '$1'));
}

/** The same, of a text that the contract's pattern let through: what is none here, is a bug. */
export function plainDecimal(text: string): Decimal {
  const parsed = parsePlainDecimal(text);
  assert(parsed !== undefined, 'the contract has looked at the form of its decimals');
  return parsed;
}
