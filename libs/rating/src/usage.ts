import { decimal, type Decimal } from '@billingrails/money';
import type { CycleShare } from './cycle-share';
import type { CarriedUnits } from './steps/kinds/rolled-over';

/** What a price is applied to. */
export interface PricedUsage {
  /** What the meter profile counted; may be below zero. 1 for a price that counts nothing. */
  readonly quantity: Decimal;
  /** How many events the quantity was made of. */
  readonly eventCount: bigint;
  /**
   * What the events reported one by one: only for a price that reads it (`readsTransactions`), and then all of it, in
   * the order of their time, then key, as far as it decides what is free (`freePart`). The amounts sum to the quantity
   * and the counts to the event count.
   */
  readonly transactions?: readonly Transactions[];
  /** What earlier cycles left of their included units, the oldest first: see `carriedInto`. Unset: nothing. */
  readonly carried?: readonly CarriedUnits[];
  /** The part of a cycle that it is of: amounts agreed for a whole one come to their share. Unset: all of it. */
  readonly share?: CycleShare;
  /** What the parts before it came to, see `cappedAmount`: a maximum holds for all of a cycle. Unset: nothing. */
  readonly amountBefore?: Decimal;
}

/** How many events reported this amount. */
export interface Transactions {
  readonly amount: Decimal;
  readonly count: bigint;
}

/** What transactions come to together. */
export function sumOfTransactions(transactions: readonly Transactions[]): PricedUsage {
  return {
    quantity: transactions.reduce(
      (sum, { amount, count }) => sum.add(amount.mul(decimal(count))),
      decimal(0n),
    ),
    eventCount: transactions.reduce((sum, { count }) => sum + count, 0n),
  };
}
