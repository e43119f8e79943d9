import { decimal, type Decimal } from '@billingrails/money';
import { count, exact, record } from '../../plain';
import { billable, percentOf } from '../parts';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/**
 * A part of the amount that the events report, and something for each event: amount = (quantity − free amount) ×
 * percent ÷ 100 + (events − free events) × fixed amount, neither difference below zero.
 */
export interface PercentageStep extends StepFigures {
  readonly kind: 'percentage';
  readonly percent: Decimal;
  readonly freeAmount: Decimal;
  readonly fixedAmount: Decimal;
  readonly eventCount: bigint;
  readonly freeEvents: bigint;
}

export const percentageStep = stepKind<PercentageStep>()({
  plain: record<OwnFields<PercentageStep>>()({
    percent: exact,
    freeAmount: exact,
    fixedAmount: exact,
    eventCount: count,
    freeEvents: count,
  }),
  amountOf({ quantity, percent, freeAmount, fixedAmount, eventCount, freeEvents }) {
    const events = eventCount > freeEvents ? eventCount - freeEvents : 0n;
    return percentOf(percent, billable(quantity, freeAmount)).add(decimal(events).mul(fixedAmount));
  },
});
