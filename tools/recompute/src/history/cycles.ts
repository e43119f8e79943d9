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
