import type { Quantity } from '@billingrails/filters';

/** What one event brings to one profile. */
export interface Sample {
  readonly timestampMs: number;
  /** The event's idempotency key: the tie-break of `latest`. */
  readonly key: string;
  /** What the aggregation reads of the event: a quantity, the text of a distinct value, or nothing for count. */
  readonly value: SampleValue;
}

export type SampleValue = Quantity | string | undefined;

/**
 * What is known of any set of events under one aggregation. States of disjoint sets merge, in any order and any
 * grouping, into the state of their union: that is what makes late events, retries in other chunks and sums of
 * days over months come out the same.
 */
export interface UsageState {
  readonly eventCount: number;
  /** The sum, the least, the greatest or the latest quantity. Undefined where there is none. */
  readonly quantity: Quantity | undefined;
  /** Of `latest`: which event the quantity is from. */
  readonly origin: Origin | undefined;
  /** Of `count_unique`: the distinct values, as text that tells types apart. */
  readonly values: ReadonlySet<string> | undefined;
}

/** An event's place in the order that `latest` goes by. */
export interface Origin {
  readonly timestampMs: number;
  readonly key: string;
}

/** One way of making a quantity of events. */
export interface Aggregation {
  /** The state of these events; of none, the empty state. */
  ofEvents(samples: readonly Sample[]): UsageState;
  /** The state of all events that the given states are of; of no states, the empty state. */
  merge(states: readonly UsageState[]): UsageState;
  /** The exact decimal a user sees; empty where there is none. */
  value(state: UsageState): string;
}

/** How many events the states are of, together. */
export function eventCountOf(states: readonly UsageState[]): number {
  return states.reduce((count, state) => count + state.eventCount, 0);
}
