import { decimal, type Decimal } from '@billingrails/money';
import { exact, record } from '../../plain';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/**
 * What is missing to a commitment: amount = committed − counted. Where more counted, the overage: amount = (counted −
 * committed) × (overage factor − 1).
 */
export interface CommitmentStep extends StepFigures {
  readonly kind: 'commitment';
  readonly counted: Decimal;
  readonly committed: Decimal;
  readonly overageFactor: Decimal;
}

const ONE = decimal(1n);

export const commitmentStep = stepKind<CommitmentStep>()({
  plain: record<OwnFields<CommitmentStep>>()({
    counted: exact,
    committed: exact,
    overageFactor: exact,
  }),
  amountOf: ({ counted, committed, overageFactor }) =>
    counted.lt(committed)
      ? committed.sub(counted)
      : counted.sub(committed).mul(overageFactor.sub(ONE)),
});
