import type { Decimal } from '@billingrails/money';

/** What is charged at least for a span of cycles. */
export interface Commitment {
  /** The line's description. */
  readonly name: string;
  /** For the whole span, in major units of the plan's currency. */
  readonly amount: Decimal;
  /** How many cycles the span has; at least 1. */
  readonly cycles: number;
  /** What counts beyond the amount costs as many times what it cost. */
  readonly overageFactor: Decimal;
}

/** What is committed to in one of a plan's other currencies. */
export interface CurrencyCommitment {
  /** ISO 4217. */
  readonly currencyCode: string;
  readonly commitment: Commitment;
}

/** What a fee says of whether it counts towards a commitment. */
export type CommitmentCounting = 'counted' | 'left_out';
