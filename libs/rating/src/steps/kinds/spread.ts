import type { Decimal } from '@billingrails/money';
import { count, exact, record } from '../../plain';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/**
 * The part of an amount that is spread over several charges: amount = whole × end ÷ total − whole × start ÷ total, each
 * rounded down to `fractionDigits`. So the parts of charges that follow each other sum exactly to the whole, and of a
 * whole that is at most the total none is more than its charge counts with.
 */
export interface SpreadStep extends StepFigures {
  readonly kind: 'spread';
  readonly whole: Decimal;
  /** What the charges before this one count with. */
  readonly start: Decimal;
  /** The same with this one. */
  readonly end: Decimal;
  /** What all of them count with. Above 0. */
  readonly total: Decimal;
  /** The currency's minor digits. */
  readonly fractionDigits: bigint;
}

export const spreadStep = stepKind<SpreadStep>()({
  plain: record<OwnFields<SpreadStep>>()({
    whole: exact,
    start: exact,
    end: exact,
    total: exact,
    fractionDigits: count,
  }),
  amountOf: ({ whole, start, end, total, fractionDigits }) => {
    const until = (place: Decimal) =>
      whole.mul(place).divide(total, Number(fractionDigits), 'down');
    return until(end).sub(until(start));
  },
});
