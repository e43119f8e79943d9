import { assert } from '@billingrails/errors';
import { parseInstant } from './instant';
import { DAY_MS } from './period';
import { dayOrdinalOf } from './wall';
import { Zone } from './zone';

/** The date that the zone's clocks show, such as "2026-12-01". The zone was checked before. */
export function civilDateOf(ms: number, timeZone: string): string {
  return textOf(dayOrdinalOf(Zone.named(timeZone).wallMs(ms)));
}

/** The date that many days later; earlier below 0. */
export function addDays(date: string, days: number): string {
  return textOf(ordinalOf(date) + days);
}

/** The first instant at which the date is over in the zone, which was checked before. */
export function civilDateEndMs(date: string, timeZone: string): number {
  return Zone.named(timeZone).firstAtOrAfter((ordinalOf(date) + 1) * DAY_MS);
}

/** Whether the text is a date of the calendar, such as "2026-12-01", of the years 1 to 9999. */
export function isCivilDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && parseInstant(`${text}T00:00:00Z`) !== undefined;
}

/** Days since 1970-01-01. */
function ordinalOf(date: string): number {
  const ms = parseInstant(`${date}T00:00:00Z`);
  assert(ms !== undefined, 'the date was checked before');
  return dayOrdinalOf(ms);
}

function textOf(ordinal: number): string {
  return new Date(ordinal * DAY_MS).toISOString().slice(0, 10);
}
