import type { Decimal } from '@billingrails/money';
import { exact, record } from '../../plain';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** The same for each unit: amount = quantity × unit amount. */
export interface UnitsStep extends StepFigures {
  readonly kind: 'units';
  readonly unitAmount: Decimal;
}

export const unitsStep = stepKind<UnitsStep>()({
  plain: record<OwnFields<UnitsStep>>()({ unitAmount: exact }),
  amountOf: ({ quantity, unitAmount }) => quantity.mul(unitAmount),
});
