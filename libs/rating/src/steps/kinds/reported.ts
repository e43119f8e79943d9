import { record } from '../../plain';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** The events said what they cost: amount = quantity. */
export interface ReportedStep extends StepFigures {
  readonly kind: 'reported';
}

export const reportedStep = stepKind<ReportedStep>()({
  plain: record<OwnFields<ReportedStep>>()({}),
  amountOf: ({ quantity }) => quantity,
});
