import { decimal, type Decimal } from '@billingrails/money';
import { exact, record } from '../../plain';
import { billable } from '../parts';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** Units that the fee includes: its quantity is what of them was used, and costs nothing. */
export interface IncludedStep extends StepFigures {
  readonly kind: 'included';
  readonly used: Decimal;
  readonly included: Decimal;
}

export const includedStep = stepKind<IncludedStep>()({
  plain: record<OwnFields<IncludedStep>>()({ used: exact, included: exact }),
  amountOf: () => decimal(0n),
  follows: ({ used, included }) => ({
    quantityLeft: used,
    quantity: used.sub(billable(used, included)),
  }),
});
