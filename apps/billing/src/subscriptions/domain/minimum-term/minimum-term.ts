import type { Decimal } from '@billingrails/money';

/** How long a term is that can be repeated. */
export interface TermLength {
  readonly unit: 'cycles' | 'months';
  readonly count: number;
}

/** What a cancellation does that is to take effect before the end of a term. */
export type EarlyTermination =
  | { readonly kind: 'not_before_end' | 'free' | 'remaining_fees' }
  | { readonly kind: 'amount'; readonly amount: Decimal };

/** How long a subscription is agreed for at least. */
export interface MinimumTerm {
  readonly first: TermLength | { readonly unit: 'until'; readonly ms: number };
  /** How long each is that follows. Unset: the subscription ends with the first. */
  readonly renewal?: TermLength;
  /** By how many dates before a term's end it must be cancelled not to be renewed. */
  readonly noticeDays: number;
  readonly early: EarlyTermination;
}
