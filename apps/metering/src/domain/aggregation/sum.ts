import { type Quantity, quantityText } from '@billingrails/filters';
import { eventCountOf, type Aggregation, type UsageState } from './usage-state';

/** The exact sum of the quantities: integers of any size underneath, so that nothing ever rounds. */
export const sum: Aggregation = {
  ofEvents(samples) {
    let total = 0n;
    for (const { value } of samples) if (typeof value === 'bigint') total += value;
    return stateOf(samples.length, total);
  },
  merge(states) {
    let total = 0n;
    for (const { quantity } of states) total += quantity ?? 0n;
    return stateOf(eventCountOf(states), total);
  },
  value: (state) => quantityText(state.quantity ?? 0n),
};

function stateOf(eventCount: number, quantity: Quantity): UsageState {
  return { eventCount, quantity, origin: undefined, values: undefined };
}
