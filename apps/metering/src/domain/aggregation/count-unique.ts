import { eventCountOf, type Aggregation } from './usage-state';

/** The number of distinct values. */
export const countUnique: Aggregation = {
  ofEvents(samples) {
    const values = new Set<string>();
    for (const { value } of samples) if (typeof value === 'string') values.add(value);
    return { eventCount: samples.length, quantity: undefined, origin: undefined, values };
  },
  merge(states) {
    const values = new Set<string>();
    for (const state of states) for (const value of state.values ?? []) values.add(value);
    return { eventCount: eventCountOf(states), quantity: undefined, origin: undefined, values };
  },
  value: (state) => String(state.values?.size ?? 0),
};
