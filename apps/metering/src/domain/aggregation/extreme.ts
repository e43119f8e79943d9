import type { Quantity } from '@billingrails/filters';
import { amountOf } from './amount';
import { eventCountOf, NO_USAGE, type Aggregation, type SampleValue } from './usage-state';

/** The greatest quantity. */
export const max: Aggregation = extreme((candidate, best) => candidate > best);

/** The least quantity. */
export const min: Aggregation = extreme((candidate, best) => candidate < best);

function extreme(isBetter: (candidate: Quantity, best: Quantity) => boolean): Aggregation {
  const best = (candidates: readonly SampleValue[]): Quantity | undefined => {
    let found: Quantity | undefined;
    for (const candidate of candidates) {
      if (typeof candidate !== 'bigint') continue;
      if (found === undefined || isBetter(candidate, found)) found = candidate;
    }
    return found;
  };
  const stateOf = (eventCount: number, quantity: Quantity | undefined) => ({
    ...NO_USAGE,
    eventCount,
    quantity,
  });
  return {
    ofEvents: (samples) => stateOf(samples.length, best(samples.map(({ value }) => value))),
    merge: (states) => stateOf(eventCountOf(states), best(states.map(({ quantity }) => quantity))),
    amount({ own, carried }) {
      const quantity = best([own.quantity, carried.quantity]);
      return quantity === undefined ? undefined : amountOf(quantity);
    },
  };
}
