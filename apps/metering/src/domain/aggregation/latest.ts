import { amountOf } from './amount';
import { compareOrigins } from './origin';
import {
  eventCountOf,
  NO_USAGE,
  type Aggregation,
  type Sample,
  type UsageState,
} from './usage-state';

/** The quantity of the event that is last in the order of `compareOrigins`. */
export const latest: Aggregation = {
  ofEvents: (samples) => merge(samples.map(stateOf)),
  merge,
  amount({ own, carried }) {
    const { quantity } = merge([carried, own]);
    return quantity === undefined ? undefined : amountOf(quantity);
  },
};

function stateOf({ timestampMs, key, value }: Sample): UsageState {
  const quantity = typeof value === 'bigint' ? value : undefined;
  return { ...NO_USAGE, eventCount: 1, quantity, origin: { timestampMs, key } };
}

function merge(states: readonly UsageState[]): UsageState {
  let winner: UsageState = NO_USAGE;
  for (const state of states) {
    const { origin } = state;
    if (origin === undefined) continue;
    if (winner.origin === undefined || compareOrigins(origin, winner.origin) > 0) winner = state;
  }
  return { ...winner, eventCount: eventCountOf(states) };
}
