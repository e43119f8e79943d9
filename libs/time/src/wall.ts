import { Temporal } from 'temporal-polyfill';
import { DAY_MS } from './period';

/**
 * Calendar arithmetic on wall times (milliseconds at which a clock in UTC shows the same). It goes through Temporal's
 * plain dates, which know no zones.
 */

/** The same time of day that many months later, in a shorter month on its last day. */
export function addMonths(wallMs: number, months: number): number {
  const midnight = midnightOf(wallMs);
  return wallOf(dateOf(midnight).add({ months })) + (wallMs - midnight);
}

/** 00:00 of the wall time's date. */
export function midnightOf(wallMs: number): number {
  return Math.floor(wallMs / DAY_MS) * DAY_MS;
}

/** 00:00 of the Monday of the wall time's week. */
export function weekStartOf(wallMs: number): number {
  const midnight = midnightOf(wallMs);
  // getUTCDay counts from Sunday.
  return midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * DAY_MS;
}

/** 00:00 of the first day of the wall time's month. */
export function monthStartOf(wallMs: number): number {
  return wallOf(dateOf(wallMs).with({ day: 1 }));
}

/** Months since January of the year 0. */
export function monthOrdinalOf(wallMs: number): number {
  const date = new Date(wallMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Days since 1970-01-01. */
export function dayOrdinalOf(wallMs: number): number {
  return Math.floor(wallMs / DAY_MS);
}

/** 1 to 31. */
export function dayOfMonthOf(wallMs: number): number {
  return new Date(wallMs).getUTCDate();
}

function dateOf(wallMs: number): Temporal.PlainDate {
  const date = new Date(wallMs);
  return new Temporal.PlainDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
}

function wallOf({ year, month, day }: Temporal.PlainDate): number {
  // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
