import type { Decimal } from '@billingrails/money';
import { exact, optional, record } from '../../plain';
import { percentOf } from '../parts';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** A tier that is priced by its amount: amount = quantity × percent ÷ 100 + flat amount. */
export interface PercentageTierStep extends StepFigures {
  readonly kind: 'percentageTier';
  /** The tier holds what lies above this, and as far as `upTo` itself. */
  readonly above: Decimal;
  /** Absent: the tier goes on for ever. */
  readonly upTo?: Decimal;
  readonly percent: Decimal;
  readonly flatAmount: Decimal;
}

export const percentageTierStep = stepKind<PercentageTierStep>()({
  plain: record<OwnFields<PercentageTierStep>>()({
    above: exact,
    upTo: optional(exact),
    percent: exact,
    flatAmount: exact,
  }),
  amountOf: ({ quantity, percent, flatAmount }) => percentOf(percent, quantity).add(flatAmount),
});
