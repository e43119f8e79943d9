import { type Quantity, quantityText } from '@billingrails/filters';
import { eventCountOf, type Aggregation, type SampleValue } from './usage-state';

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
    eventCount,
    quantity,
    origin: undefined,
    values: undefined,
  });
  return {
    ofEvents: (samples) => stateOf(samples.length, best(samples.map(({ value }) => value))),
    merge: (states) => stateOf(eventCountOf(states), best(states.map(({ quantity }) => quantity))),
    value: ({ quantity }) => (quantity === undefined ? '' : quantityText(quantity)),
  };
}
