import { decimal, type Decimal } from '@billingrails/money';
import { exact, record } from '../../plain';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** What is missing to a minimum: amount = minimum − amount before, not below zero. */
export interface MinimumStep extends StepFigures {
  readonly kind: 'minimum';
  readonly amountBefore: Decimal;
  readonly minimum: Decimal;
}

/** What is beyond a maximum: amount = maximum − amount before, not above zero. */
export interface MaximumStep extends StepFigures {
  readonly kind: 'maximum';
  readonly amountBefore: Decimal;
  readonly maximum: Decimal;
}

const ZERO = decimal(0n);

export const minimumStep = stepKind<MinimumStep>()({
  plain: record<OwnFields<MinimumStep>>()({ amountBefore: exact, minimum: exact }),
  amountOf: ({ amountBefore, minimum }) =>
    amountBefore.lt(minimum) ? minimum.sub(amountBefore) : ZERO,
  follows: ({ amountBefore }) => ({ amountBefore, quantity: ZERO }),
});

export const maximumStep = stepKind<MaximumStep>()({
  plain: record<OwnFields<MaximumStep>>()({ amountBefore: exact, maximum: exact }),
  amountOf: ({ amountBefore, maximum }) =>
    amountBefore.gt(maximum) ? maximum.sub(amountBefore) : ZERO,
  follows: ({ amountBefore }) => ({ amountBefore, quantity: ZERO }),
});
