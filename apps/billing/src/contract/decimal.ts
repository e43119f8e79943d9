import { decimal, type Decimal } from '@billingrails/money';

/** A decimal that the contract's pattern let through: plain, not negative, perhaps with zeros in front. */
export function decimalFromProto(text: string): Decimal {
  return decimal(text.replace(/^0+(?=[0-9])/, ''));
}
