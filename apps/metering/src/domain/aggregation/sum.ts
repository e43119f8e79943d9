import { amountOf } from './amount';
import { eventCountOf, NO_USAGE, type Aggregation } from './usage-state';

/** The exact sum of the quantities: integers of any size underneath, so that nothing ever rounds. */
export const sum: Aggregation = {
  ofEvents(samples) {
    let quantity = 0n;
    for (const { value } of samples) if (typeof value === 'bigint') quantity += value;
    return { ...NO_USAGE, eventCount: samples.length, quantity };
  },
  merge(states) {
    let quantity = 0n;
    for (const state of states) quantity += state.quantity ?? 0n;
    return { ...NO_USAGE, eventCount: eventCountOf(states), quantity };
  },
  amount: ({ own }) => amountOf(own.quantity ?? 0n),
};
