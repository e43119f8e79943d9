import type { Decimal } from '@billingrails/money';
import { exact, record } from '../../plain';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** An amount that no quantity changes. */
export interface FlatStep extends StepFigures {
  readonly kind: 'flat';
  readonly flatAmount: Decimal;
}

export const flatStep = stepKind<FlatStep>()({
  plain: record<OwnFields<FlatStep>>()({ flatAmount: exact }),
  amountOf: ({ flatAmount }) => flatAmount,
});
