import { decimal, type Decimal, type Rounding } from '@billingrails/money';
import { choice, exact, optional, record } from '../../plain';
import { QUOTIENT_DIGITS } from '../parts';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/**
 * The quantity is counted in greater units: the steps after it price what its own quantity leaves of `used`, so
 * that the quantities of all steps still sum to what was used.
 */
export interface DividedStep extends StepFigures {
  readonly kind: 'divided';
  readonly used: Decimal;
  readonly divisor: Decimal;
  /** To whole units; absent: the quotient is kept, to 36 digits after the point. */
  readonly rounding?: Rounding;
}

/** How quantities are rounded, by its number in the contract. */
export const roundingPlain = choice<Rounding>('up', 'down', 'half');

export const dividedStep = stepKind<DividedStep>()({
  plain: record<OwnFields<DividedStep>>()({
    used: exact,
    divisor: exact,
    rounding: optional(roundingPlain),
  }),
  amountOf: () => decimal(0n),
  follows: ({ used, divisor, rounding }) => ({
    quantityLeft: used,
    quantity: used.sub(unitsOf(used, divisor, rounding)),
  }),
});

export function unitsOf(used: Decimal, divisor: Decimal, rounding: Rounding | undefined): Decimal {
  return rounding === undefined
    ? used.divide(divisor, QUOTIENT_DIGITS, 'half')
    : used.divide(divisor, 0, rounding);
}
