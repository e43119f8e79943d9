import { amountOfCount } from './amount';
import { eventCountOf, NO_USAGE, type Aggregation } from './usage-state';

/** The number of distinct values. */
export const countUnique: Aggregation = {
  ofEvents(samples) {
    const values = new Set<string>();
    for (const { value } of samples) if (typeof value === 'string') values.add(value);
    return { ...NO_USAGE, eventCount: samples.length, values };
  },
  merge(states) {
    const values = new Set<string>();
    for (const state of states) for (const value of state.values ?? []) values.add(value);
    return { ...NO_USAGE, eventCount: eventCountOf(states), values };
  },
  amount: ({ distinctCount }) => amountOfCount(distinctCount),
};
