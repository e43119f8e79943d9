import type { UnusableReason } from '../../meters/domain/profile';

/** What became of a stored event. The first that holds, in this order. */
export type OutcomeState =
  /** At least one profile counted it. */
  | 'counted'
  /** None counted it, and at least one had to pass it over because of its value. */
  | 'unusable'
  /** Profiles looked at it, and none wanted it. */
  | 'filtered_out'
  /** No meter looks at its event name. */
  | 'unmatched';

/** A profile whose filters an event passed, and whose property it lacks. */
export interface Unusable {
  readonly profile: number;
  readonly reason: UnusableReason;
}

/** What became of an event, with the profiles that decided it. Every other profile of its name filtered it out. */
export interface Outcome {
  readonly state: OutcomeState;
  /** The numbers of the profiles that counted it. */
  readonly countedBy: readonly number[];
  readonly unusableBy: readonly Unusable[];
}

/** The outcome by what `profileCount` profiles, which is all that look at the event, made of it. */
export function outcomeOf(
  profileCount: number,
  countedBy: readonly number[],
  unusableBy: readonly Unusable[],
): Outcome {
  return { state: stateOf(profileCount, countedBy, unusableBy), countedBy, unusableBy };
}

function stateOf(
  profileCount: number,
  countedBy: readonly number[],
  unusableBy: readonly Unusable[],
): OutcomeState {
  if (countedBy.length > 0) return 'counted';
  if (unusableBy.length > 0) return 'unusable';
  return profileCount > 0 ? 'filtered_out' : 'unmatched';
}
