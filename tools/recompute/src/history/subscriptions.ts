import type { FactBook } from '../facts';

export type Proration = 'second' | 'day' | 'none';

/** How cycles are counted: boundaries lie so many units from the anchor. */
export interface CycleBook {
  readonly unit: 'day' | 'week' | 'month' | 'quarter' | 'half_year' | 'year';
  readonly count: number;
  readonly anchor:
    | { readonly kind: 'start' }
    | { readonly kind: 'time'; readonly ms: number }
    /** At midnight of a day of the week (1 is Monday), or of a day of the month, counted from a month of the year. */
    | { readonly kind: 'weekday'; readonly day: number }
    | { readonly kind: 'date'; readonly month: number; readonly day: number };
  /** How what recurs is charged for a first cycle that is shorter than a whole one. */
  readonly firstProration: Proration;
}

export interface SubscriptionBook {
  readonly name: string;
  readonly account: string;
  readonly timeZone: string;
  readonly cycles: CycleBook;
  /** In the order in which they were said; the first is that it was subscribed. At most one in a step. */
  readonly facts: readonly FactBook[];
}
