import { eventCountOf, type Aggregation } from './usage-state';

/** The number of events. */
export const count: Aggregation = {
  ofEvents: (samples) => stateOf(samples.length),
  merge: (states) => stateOf(eventCountOf(states)),
  value: (state) => String(state.eventCount),
};

function stateOf(eventCount: number) {
  return { eventCount, quantity: undefined, origin: undefined, values: undefined };
}
