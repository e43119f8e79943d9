import type { AccountId, MeterId, OrganisationId } from '@billingrails/ids';
import type { StreamPlace } from './event';
import { outcomeOf, type Outcome, type OutcomeState } from './outcome';

/**
 * The counting of events that were stored before profiles were created, by these profiles: each of them once, while
 * new events keep coming. The profiles were created together, so one pass counts for all of them.
 *
 * The pass goes by account, time and place. That order never changes for an event once stored, so a position in it
 * splits the earlier events into those done and those to do. New events may fall anywhere in it, but lie above
 * their partition's fence and are passed over: the lanes have counted them.
 */
export interface Backfill {
  readonly id: string;
  readonly organisationId: OrganisationId;
  readonly meterId: MeterId;
  readonly eventName: string;
  /** The profiles' numbers. */
  readonly profiles: readonly number[];
  /** By partition: the last sequence that was stored before the profiles existed. */
  readonly fences: ReadonlyMap<number, number>;
  /** The last event looked at; undefined before the first. */
  readonly position: BackfillPosition | undefined;
  readonly doneCount: number;
  readonly totalCount: number;
  readonly complete: boolean;
}

/** A point in the order of the pass. */
export interface BackfillPosition {
  readonly accountId: AccountId;
  readonly timestampMs: number;
  readonly seq: number;
  readonly index: number;
}

/** Whether an event was stored before the profiles were created. Later ones were counted by the lanes. */
export function isBehindFence(
  { partition, seq }: StreamPlace,
  fences: ReadonlyMap<number, number>,
): boolean {
  return seq <= (fences.get(partition) ?? 0);
}

/** The outcome of an event after more profiles, at least one, have looked at it. */
export function joinOutcomes(before: Outcome, added: Outcome): Outcome {
  const countedBy = [...before.countedBy, ...added.countedBy];
  const unusableBy = [...before.unusableBy, ...added.unusableBy];
  return outcomeOf(1, countedBy, unusableBy);
}

/** How many events left each state and came to each: negative for those left. Sums to zero. */
export function movedStates(
  changes: Iterable<{ readonly before: Outcome; readonly after: Outcome }>,
): Record<OutcomeState, number> {
  const moved = { counted: 0, unusable: 0, filtered_out: 0, unmatched: 0 };
  for (const { before, after } of changes) {
    moved[before.state] -= 1;
    moved[after.state] += 1;
  }
  return moved;
}
