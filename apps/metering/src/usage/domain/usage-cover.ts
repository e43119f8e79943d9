import type { Period } from '@billingrails/time';
import { DAY_MS, HOUR_MS, HOURS_PER_DAY, dayOf } from '../../domain/hours';

/** The hours [fromHour, toHour) of a UTC day. */
export interface DayHours {
  readonly day: number;
  readonly fromHour: number;
  readonly toHour: number;
}

/** Where the usage of a period is found, so that each event in it is found once. */
export interface UsageCover {
  /** The days [fromDay, toDay), which lie in the period whole: the buckets' totals. */
  readonly fromDay: number;
  readonly toDay: number;
  /** Whole hours of the days that the period begins and ends in: the buckets' hours. */
  readonly hours: readonly DayHours[];
  /** What is left of the hours that the period begins and ends in: the events themselves. */
  readonly raw: readonly Period[];
}

/** Splits a period into whole UTC days, whole UTC hours, and the ragged edges. */
export function coverOf({ startMs, endMs }: Period): UsageCover {
  const firstHour = Math.ceil(startMs / HOUR_MS);
  const endHour = Math.floor(endMs / HOUR_MS);
  if (firstHour > endHour) return { ...NO_DAYS, hours: [], raw: [{ startMs, endMs }] };
  const raw = [
    { startMs, endMs: firstHour * HOUR_MS },
    { startMs: endHour * HOUR_MS, endMs },
  ].filter((edge) => edge.startMs < edge.endMs);
  const fromDay = Math.ceil(firstHour / HOURS_PER_DAY);
  const toDay = Math.floor(endHour / HOURS_PER_DAY);
  if (fromDay > toDay) return { ...NO_DAYS, hours: hoursOf(firstHour, endHour), raw };
  const before = hoursOf(firstHour, fromDay * HOURS_PER_DAY);
  const after = hoursOf(toDay * HOURS_PER_DAY, endHour);
  return { fromDay, toDay, hours: [...before, ...after], raw };
}

const NO_DAYS = { fromDay: 0, toDay: 0 };

/** Whole hours, counted from 1970, that lie in one day. */
function hoursOf(from: number, to: number): DayHours[] {
  if (from >= to) return [];
  const day = Math.floor(from / HOURS_PER_DAY);
  const midnight = day * HOURS_PER_DAY;
  return [{ day, fromHour: from - midnight, toHour: to - midnight }];
}

/** The UTC days that a period touches: [fromDay, toDay). */
export function daysTouched({ startMs, endMs }: Period): { fromDay: number; toDay: number } {
  return { fromDay: dayOf(startMs), toDay: Math.ceil(endMs / DAY_MS) };
}

/** Joins periods that overlap or meet; the result is in order. */
export function joinPeriods(periods: readonly Period[]): Period[] {
  const joined: Period[] = [];
  for (const period of [...periods].sort((a, b) => a.startMs - b.startMs)) {
    const last = joined.at(-1);
    if (last !== undefined && period.startMs <= last.endMs) {
      joined[joined.length - 1] = {
        startMs: last.startMs,
        endMs: Math.max(last.endMs, period.endMs),
      };
    } else {
      joined.push(period);
    }
  }
  return joined;
}
