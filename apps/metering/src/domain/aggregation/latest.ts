import { quantityText } from '@billingrails/filters';
import { compareUtf8 } from '../utf8-order';
import {
  eventCountOf,
  type Aggregation,
  type Origin,
  type Sample,
  type UsageState,
} from './usage-state';

/**
 * The quantity of the event with the latest timestamp; of several at that instant, of the one with the greatest key
 * by its UTF-8 bytes (which is also how MongoDB orders strings, so that `$max` in a bucket agrees).
 */
export const latest: Aggregation = {
  ofEvents: (samples) => merge(samples.map(stateOf)),
  merge,
  value: ({ quantity }) => (quantity === undefined ? '' : quantityText(quantity)),
};

function stateOf({ timestampMs, key, value }: Sample): UsageState {
  const quantity = typeof value === 'bigint' ? value : undefined;
  return { eventCount: 1, quantity, origin: { timestampMs, key }, values: undefined };
}

function merge(states: readonly UsageState[]): UsageState {
  let winner: UsageState | undefined;
  for (const state of states) if (isLater(state.origin, winner?.origin)) winner = state;
  return {
    eventCount: eventCountOf(states),
    quantity: winner?.quantity,
    origin: winner?.origin,
    values: undefined,
  };
}

function isLater(a: Origin | undefined, b: Origin | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  if (a.timestampMs !== b.timestampMs) return a.timestampMs > b.timestampMs;
  return compareUtf8(a.key, b.key) > 0;
}
