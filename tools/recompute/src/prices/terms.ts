import type { ModelBook, TermsBook } from '../history';
import {
  ceiling,
  compare,
  floor,
  greatest,
  least,
  minus,
  nearest,
  over,
  plus,
  QUOTIENT_DIGITS,
  rational,
  times,
  toDigits,
  ZERO,
  type Rational,
} from '../rational';
import { modelAmount } from './models';

const HUNDRED = rational('100');

/** What a quantity costs, made of so many events. */
export function priced(
  model: ModelBook,
  terms: TermsBook,
  quantity: Rational,
  events: number,
  /** Units of earlier cycles that cost nothing. */
  carried = ZERO,
): Rational {
  let units = usableUnits(terms, quantity);
  if (compare(units, ZERO) > 0)
    units = greatest(ZERO, minus(units, plus(carried, rational(terms.includedUnits ?? '0'))));
  let amount = modelAmount(model, units, events);
  if (terms.minimum !== undefined) amount = greatest(amount, rational(terms.minimum));
  if (terms.maximum !== undefined) amount = least(amount, rational(terms.maximum));
  if (terms.percentOff !== undefined)
    amount = minus(amount, over(times(amount, rational(terms.percentOff)), HUNDRED));
  if (terms.amountOff !== undefined && compare(amount, ZERO) > 0)
    amount = greatest(ZERO, minus(amount, rational(terms.amountOff)));
  return amount;
}

/** A quantity in the units that included ones are counted in. */
export function usableUnits(terms: TermsBook, quantity: Rational): Rational {
  if (terms.divisor === undefined) return quantity;
  const units = over(quantity, rational(terms.divisor));
  return terms.rounding === undefined ? toDigits(units, QUOTIENT_DIGITS) : wholeOf(units, terms);
}

function wholeOf(units: Rational, { rounding }: TermsBook): Rational {
  const whole =
    rounding === 'up' ? ceiling(units) : rounding === 'down' ? floor(units) : nearest(units);
  return { of: whole, over: 1n };
}
