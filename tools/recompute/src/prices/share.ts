import { negated, plus, QUOTIENT_DIGITS, times, toDigits, type Rational } from '../rational';

/** Price × end less price × start, each to 36 digits; where the cycle ends it is the price itself. */
export function shared(
  price: Rational,
  { start, end }: { readonly start: Rational; readonly end: Rational },
): Rational {
  const upTo = (place: Rational) =>
    place.of === place.over ? price : toDigits(times(price, place), QUOTIENT_DIGITS);
  return plus(upTo(end), negated(upTo(start)));
}
