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
import { shared } from './share';

const HUNDRED = rational('100');
const WHOLE = { start: ZERO, end: rational('1') };

/** Which part of a cycle is priced, and what is known of it. */
export interface Priced {
  /** Units of earlier cycles that cost nothing. */
  readonly carried?: Rational;
  readonly place?: Parameters<typeof shared>[1];
  /** What the parts before it came to, without discounts. */
  readonly before?: Rational;
}

/** What a quantity costs, made of so many events. */
export function priced(
  model: ModelBook,
  terms: TermsBook,
  quantity: Rational,
  events: number,
  of: Priced = {},
): Rational {
  let amount = undiscounted(model, terms, quantity, events, of);
  if (terms.percentOff !== undefined)
    amount = minus(amount, over(times(amount, rational(terms.percentOff)), HUNDRED));
  if (terms.amountOff !== undefined && compare(amount, ZERO) > 0)
    amount = greatest(ZERO, minus(amount, shared(rational(terms.amountOff), of.place ?? WHOLE)));
  return amount;
}

/** The same before discounts. */
export function undiscounted(
  model: ModelBook,
  terms: TermsBook,
  quantity: Rational,
  events: number,
  { carried = ZERO, place = WHOLE, before = ZERO }: Priced,
): Rational {
  let units = usableUnits(terms, quantity);
  if (compare(units, ZERO) > 0)
    units = greatest(ZERO, minus(units, plus(carried, rational(terms.includedUnits ?? '0'))));
  let amount = modelAmount(model, units, events);
  if (terms.minimum !== undefined)
    amount = greatest(amount, shared(rational(terms.minimum), place));
  if (terms.maximum !== undefined)
    amount = least(amount, greatest(ZERO, minus(rational(terms.maximum), before)));
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
