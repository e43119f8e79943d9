import { negated, plus, QUOTIENT_DIGITS, times, toDigits, type Rational } from '../rational';

/** All of the price; or of a share price × end less price × start, each to 36 digits. */
export function shared(
  price: Rational,
  { start, end }: { readonly start: Rational; readonly end: Rational },
): Rational {
  if (start.of === 0n && end.of === end.over) return price;
  const upTo = (place: Rational) => toDigits(times(price, place), QUOTIENT_DIGITS);
  return plus(upTo(end), negated(upTo(start)));
}
