import { assert } from '@billingrails/errors';
import type { Period } from './period';
import { dayOrdinalOf } from './wall';
import { Zone } from './zone';

/**
 * How a part of a cycle is measured. second: by its length to the millisecond. day: by the dates of a time zone, so
 * that days of 23 and of 25 hours count as one, and a date belongs to what it begins with: the date of a change counts
 * for what comes after it.
 */
export type ShareBasis = 'second' | 'day';

/** A part of a whole: `part` of `whole` equal units. Never simplified, so that people can read the days in it. */
export interface Share {
  readonly part: bigint;
  readonly whole: bigint;
}

/**
 * The share of a part of a period. Shares of parts that follow each other sum to the share of both together, so those
 * of all parts sum to one. The whole must not be empty; of a cycle shorter than a date by days, use `second`.
 */
export function shareOf(part: Period, whole: Period, basis: ShareBasis, timeZone: string): Share {
  const share = {
    part: BigInt(unitsOf(part, basis, timeZone)),
    whole: BigInt(unitsOf(whole, basis, timeZone)),
  };
  assert(share.whole > 0n, 'the whole has a length');
  return share;
}

/**
 * How many dates of the zone begin in the period, where its first one counts and its last one does not, whatever their
 * hours.
 */
export function civilDays({ startMs, endMs }: Period, timeZone: string): number {
  const zone = Zone.named(timeZone);
  return dayOrdinalOf(zone.wallMs(endMs)) - dayOrdinalOf(zone.wallMs(startMs));
}

function unitsOf(period: Period, basis: ShareBasis, timeZone: string): number {
  switch (basis) {
    case 'second':
      return period.endMs - period.startMs;
    case 'day':
      return civilDays(period, timeZone);
  }
}
