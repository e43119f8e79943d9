import type { OutcomeState } from './outcome';

/**
 * What events are counted by, for reconciliation. An accepted event is in exactly one of the outcomes, voided, or in
 * quarantine; duplicates, conflicts and amendments are counted beside them.
 */
export type EventCount =
  OutcomeState | 'voided' | 'quarantined' | 'duplicate' | 'conflict' | 'amended';

/** How many events came to each end. */
export type EventCounts = Readonly<Record<EventCount, number>>;

export const NO_EVENT_COUNTS: EventCounts = {
  counted: 0,
  unusable: 0,
  filtered_out: 0,
  unmatched: 0,
  voided: 0,
  quarantined: 0,
  duplicate: 0,
  conflict: 0,
  amended: 0,
};
