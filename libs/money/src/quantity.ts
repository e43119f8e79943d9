import { Decimal } from './decimal';

/** Digits before the point that a quantity or price may have. */
const QUANTITY_INTEGER_DIGITS_MAX = 20;
/** Digits after the point, trailing zeros left out, that a quantity or price may have. */
export const QUANTITY_FRACTION_DIGITS_MAX = 18;

/**
 * The quantity or price that a caller wrote, in the JSON number grammar ("0.50", "-3", "1e3"; no "+1", "01", ".5",
 * "1."). Undefined for any other text and when it has more digits than a quantity may.
 */
export function parseDecimal(text: string): Decimal | undefined {
  const value = Decimal.parse(text);
  return value && fitsQuantity(value) ? value : undefined;
}

/** Whether the number is within the bounds of a quantity. A sum of quantities may not be. */
export function fitsQuantity(value: Decimal): boolean {
  return (
    value.integerDigits() <= QUANTITY_INTEGER_DIGITS_MAX &&
    value.fractionDigits() <= QUANTITY_FRACTION_DIGITS_MAX
  );
}
