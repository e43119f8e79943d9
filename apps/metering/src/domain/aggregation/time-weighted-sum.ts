import { amountOfArea } from './amount';
import { compareOrigins } from './origin';
import {
  eventCountOf,
  NO_USAGE,
  type Aggregation,
  type Sample,
  type UsageState,
} from './usage-state';

/**
 * The sum of level times seconds. Each event sets the level from its time on; of several at one instant, the last in
 * the order of `compareOrigins`. Before the first event of a window the level is the carried one, or 0. To the
 * millisecond: levels times milliseconds are integers.
 */
export const timeWeightedSum: Aggregation = {
  ofEvents: (samples) => follow(samples.map(stateOf)),
  /** The states must be of sets that follow each other in time, without an instant in common. */
  merge: follow,
  amount({ window, own, carried }) {
    const { origin, held } = own;
    const before = (held?.firstMs ?? window.endMs) - window.startMs;
    const after = origin === undefined ? 0 : window.endMs - origin.timestampMs;
    return amountOfArea(over(carried, before) + (held?.area ?? 0n) + over(own, after));
  },
};

function stateOf({ timestampMs, key, value }: Sample): UsageState {
  return {
    ...NO_USAGE,
    eventCount: 1,
    quantity: typeof value === 'bigint' ? value : 0n,
    origin: { timestampMs, key },
    held: { firstMs: timestampMs, area: 0n },
  };
}

function follow(states: readonly UsageState[]): UsageState {
  let last: UsageState = NO_USAGE;
  let area = 0n;
  let firstMs: number | undefined;
  for (const state of inOrder(states)) {
    if (state.origin === undefined || state.held === undefined) continue;
    firstMs ??= state.held.firstMs;
    area += over(last, state.held.firstMs - (last.origin?.timestampMs ?? 0)) + state.held.area;
    last = state;
  }
  const held = firstMs === undefined ? undefined : { firstMs, area };
  return { ...last, eventCount: eventCountOf(states), held };
}

function inOrder(states: readonly UsageState[]): UsageState[] {
  const some = states.filter(({ origin }) => origin !== undefined);
  return some.sort((a, b) =>
    a.origin === undefined || b.origin === undefined ? 0 : compareOrigins(a.origin, b.origin),
  );
}

/** What the level that the state ends with comes to in so many milliseconds. */
function over({ quantity }: UsageState, ms: number): bigint {
  return (quantity ?? 0n) * BigInt(ms);
}
