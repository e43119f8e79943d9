import { decimal, type Decimal } from '@billingrails/money';
import { count, exact, flag, record } from '../../plain';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** Transactions that each cost the least or the most that one may: amount = their number × that. */
export interface TransactionsStep extends StepFigures {
  readonly kind: 'transactions';
  readonly eventCount: bigint;
  readonly eachAmount: Decimal;
  /** Whether it is the most, or else the least. */
  readonly atMost: boolean;
}

export const transactionsStep = stepKind<TransactionsStep>()({
  plain: record<OwnFields<TransactionsStep>>()({
    eventCount: count,
    eachAmount: exact,
    atMost: flag,
  }),
  amountOf: ({ eventCount, eachAmount }) => decimal(eventCount).mul(eachAmount),
});
