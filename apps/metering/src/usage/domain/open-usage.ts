import type { Period } from '@billingrails/time';
import { aggregationOf, NO_USAGE, type UsageState } from '../../domain/aggregation';
import { DAY_MS, dayOf, HOUR_MS, HOURS_PER_DAY } from '../../domain/hours';
import type { Profile, ProfileVersion } from '../../meters/domain/profile';
import type { DayRange } from './usage-cuts';
import { daysTouched } from './usage-cover';
import type { UsageDay } from './usage-day';

/** What a period came to up to an instant, so long ago that little comes after. */
export interface ClosedUsage {
  /** The only one in force in the period. */
  readonly version: ProfileVersion;
  /** The newest there is. */
  readonly newestVersion: number;
  readonly eventName: string;
  readonly untilMs: number;
  readonly state: UsageState;
}

/** Where what came after that is found. */
export interface OpenCover {
  /** Whole hours, since 1970-01-01T00:00Z: [fromHour, toHour), also the one that the period ends in. */
  readonly fromHour: number;
  readonly toHour: number;
  /** Before the first whole hour: the events themselves. */
  readonly raw: Period | undefined;
  /** What the last hour has of what is not in the period. It must be without events. */
  readonly ahead: Period | undefined;
}

/**
 * Whether a version of a profile is counted so that what two spans come to follows from what each came to, and the time
 * that passes without an event changes nothing.
 */
export function isJoinable({ method, recurring, timeWindow }: Profile): boolean {
  if (recurring || timeWindow !== 'none') return false;
  return method !== 'count_unique' && method !== 'time_weighted_sum';
}

/**
 * Up to when a period is closed, at `nowMs`: the start of yesterday, UTC, or its end where that is earlier. So what is
 * counted later than a day after it happened is marked (`past-marks.ts`), however far the clocks of replicas differ.
 */
export function closedUntil({ startMs, endMs }: Period, nowMs: number): number {
  return Math.max(startMs, Math.min(endMs, (dayOf(nowMs) - 1) * DAY_MS));
}

/** Where what a period has from `fromMs` on is found; undefined where it has nothing more. */
export function openCover({ endMs }: Period, fromMs: number): OpenCover | undefined {
  if (fromMs >= endMs) return undefined;
  const fromHour = Math.ceil(fromMs / HOUR_MS);
  if (fromHour * HOUR_MS > endMs)
    return { fromHour, toHour: fromHour, raw: { startMs: fromMs, endMs }, ahead: undefined };
  const toHour = Math.ceil(endMs / HOUR_MS);
  return {
    ...{ fromHour, toHour },
    raw: spanOf(fromMs, fromHour * HOUR_MS),
    ahead: spanOf(endMs, toHour * HOUR_MS),
  };
}

/** The days that the hours of it lie in. */
export function daysOfCover({ fromHour, toHour }: OpenCover): DayRange {
  if (fromHour >= toHour) return { fromDay: 0, toDay: 0 };
  return daysTouched({ startMs: fromHour * HOUR_MS, endMs: toHour * HOUR_MS });
}

/** What a bucket has of the hours. */
export function statesWithin(
  { fromHour, toHour }: OpenCover,
  { day, total, hours }: Pick<UsageDay, 'day' | 'total' | 'hours'>,
): readonly UsageState[] {
  const first = day * HOURS_PER_DAY;
  if (first >= fromHour && first + HOURS_PER_DAY <= toHour) return [total];
  return [...hours].flatMap(([hour, state]) =>
    first + hour >= fromHour && first + hour < toHour ? state : [],
  );
}

/** What the states come to together: an exact decimal, in the units of amounts; undefined where there is none. */
export function joined({ method }: Profile, period: Period, states: readonly UsageState[]) {
  const { merge, amount } = aggregationOf(method);
  const own = merge(states);
  const usage = { window: period, own, carried: NO_USAGE, distinctCount: 0 };
  return { amount: amount(usage), eventCount: own.eventCount };
}

function spanOf(startMs: number, endMs: number): Period | undefined {
  return startMs < endMs ? { startMs, endMs } : undefined;
}
