import type { Quantity } from '@billingrails/filters';
import type { Period } from '@billingrails/time';
import type { Amount } from './amount';

/** What one event brings to one profile. */
export interface Sample {
  readonly timestampMs: number;
  /** The event's idempotency key: decides between events of one instant. */
  readonly key: string;
  /** What the aggregation reads of the event: a quantity, the text of a distinct value, or nothing for count. */
  readonly value: SampleValue;
}

export type SampleValue = Quantity | string | undefined;

/**
 * What is known of any set of events under one aggregation. States of disjoint sets merge into the state of their
 * union, in any order and any grouping: that is what makes late events, retries in other chunks and sums of days over
 * months come out the same. (Those of `time_weighted_sum` only where the sets follow each other in time.)
 */
export interface UsageState {
  readonly eventCount: number;
  /** The sum (also of `average`), the least, the greatest or the latest quantity. Undefined where there is none. */
  readonly quantity: Quantity | undefined;
  /** Of `latest` and `time_weighted_sum`: which event the quantity is from. */
  readonly origin: Origin | undefined;
  /** Of `time_weighted_sum`: the level from the first event to the latest one. */
  readonly held?: Held | undefined;
  /** Of `count_unique`: the distinct values, as text that tells types apart. */
  readonly values: ReadonlySet<string> | undefined;
}

/** Of no events. */
export const NO_USAGE: UsageState = {
  eventCount: 0,
  quantity: undefined,
  origin: undefined,
  values: undefined,
};

/** An event's place in the order of time. */
export interface Origin {
  readonly timestampMs: number;
  readonly key: string;
}

/** A level over the time from one event to another. */
export interface Held {
  readonly firstMs: number;
  /** The sum of level times milliseconds. */
  readonly area: bigint;
}

/** What the amount of a window is made of. */
export interface WindowUsage {
  readonly window: Period;
  /** Of the events inside it. */
  readonly own: UsageState;
  /** Of a recurring profile, those before it; else none. */
  readonly carried: UsageState;
  /** Of `count_unique`: how many distinct values both have together. */
  readonly distinctCount: number;
}

/** One way of making a quantity of events. */
export interface Aggregation {
  /** The state of these events; of none, the empty state. */
  ofEvents(samples: readonly Sample[]): UsageState;
  /** The state of all events that the given states are of; of no states, the empty state. */
  merge(states: readonly UsageState[]): UsageState;
  /** What a window comes to; undefined where there is nothing to tell. */
  amount(usage: WindowUsage): Amount | undefined;
}

/** How many events the states are of, together. */
export function eventCountOf(states: readonly UsageState[]): number {
  return states.reduce((count, state) => count + state.eventCount, 0);
}
