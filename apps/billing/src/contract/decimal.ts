import { decimal, type Decimal } from '@billingrails/money';

/** A decimal that the contract's pattern let through: plain, not negative, perhaps with zeros in front. */
export function decimalFromProto(text: string): Decimal {
  return decimal(text.replace(/^0+(?=[0-9])/, ''));
}

/** The same, which may be below 0. */
export function signedDecimalFromProto(text: string): Decimal {
  return text.startsWith('-') ? decimalFromProto(text.slice(1)).neg() : decimalFromProto(text);
}
