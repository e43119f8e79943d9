import { assert } from '@billingrails/errors';
import { monotonicFactory } from 'ulid';
import type { Id } from './id';

export interface IdSource {
  /** A new id, greater than every one this source made before. */
  next<Prefix extends string>(prefix: Prefix): Id<Prefix>;
}

/**
 * Makes ids that sort by the time of their making: ULIDs, 48 bits of milliseconds and 80 random bits.
 * `nowMs` must be after 1970; when it goes back, ids still rise. `random` gives numbers in [0, 1).
 */
export function createIdSource(nowMs: () => number, random: () => number): IdSource {
  const nextUlid = monotonicFactory(random);
  return {
    next(prefix) {
      const ms = nowMs();
      // The factory would quietly read the machine's clock for 0 and NaN.
      assert(
        Number.isSafeInteger(ms) && ms > 0,
        'an id is made after 1970, at a whole millisecond',
      );
      return `${prefix}_${nextUlid(ms).toLowerCase()}`;
    },
  };
}
