import { decimal, type Decimal } from '@billingrails/money';
import { exact, record } from '../../plain';
import { percentOf } from '../parts';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** A part of the amount is let off: amount = −(amount before × percent ÷ 100). Of a credit as large a part. */
export interface PercentOffStep extends StepFigures {
  readonly kind: 'percentOff';
  readonly amountBefore: Decimal;
  readonly percent: Decimal;
}

/**
 * An amount is let off, as far as there is one: amount = −(the lesser of amount off and amount before), never above
 * 0.
 */
export interface AmountOffStep extends StepFigures {
  readonly kind: 'amountOff';
  readonly amountBefore: Decimal;
  readonly amountOff: Decimal;
}

const ZERO = decimal(0n);

export const percentOffStep = stepKind<PercentOffStep>()({
  plain: record<OwnFields<PercentOffStep>>()({ amountBefore: exact, percent: exact }),
  amountOf: ({ amountBefore, percent }) => percentOf(percent, amountBefore).neg(),
  follows: ({ amountBefore }) => ({ amountBefore, quantity: ZERO }),
});

export const amountOffStep = stepKind<AmountOffStep>()({
  plain: record<OwnFields<AmountOffStep>>()({ amountBefore: exact, amountOff: exact }),
  amountOf: ({ amountBefore, amountOff }) => {
    if (amountBefore.isNegative()) return ZERO;
    return amountBefore.lt(amountOff) ? amountBefore.neg() : amountOff.neg();
  },
  follows: ({ amountBefore }) => ({ amountBefore, quantity: ZERO }),
});
