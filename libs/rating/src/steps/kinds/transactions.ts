import { decimal, type Decimal } from '@billingrails/money';
import { count, exact, flag, record } from '../../plain';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** Transactions that are free, or that each cost the least or the most that one may: amount = their number × that. */
export interface TransactionsStep extends StepFigures {
  readonly kind: 'transactions';
  readonly eventCount: bigint;
  readonly eachAmount: Decimal;
  /** Whether it is the most, or else the least. */
  readonly atMost: boolean;
  /** Whether they are free: each costs 0. Of one that is free in part, its part is in the quantity, but no event. */
  readonly free: boolean;
}

export const transactionsStep = stepKind<TransactionsStep>()({
  plain: record<OwnFields<TransactionsStep>>()({
    eventCount: count,
    eachAmount: exact,
    atMost: flag,
    free: flag,
  }),
  amountOf: ({ eventCount, eachAmount, free }) =>
    free ? decimal(0n) : decimal(eventCount).mul(eachAmount),
});
