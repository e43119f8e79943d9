import { MONTHS, type CalendarAnchor, type CycleRule } from './cycle-rule';
import { DAY_MS } from './period';
import {
  addMonths,
  dayOfMonthOf,
  midnightOf,
  monthOrdinalOf,
  monthStartOf,
  weekStartOf,
} from './wall';

/** Where cycles begin and end, in wall times: a boundary for every whole number, also below 0, rising. */
export interface CycleGrid {
  boundary(index: number): number;
  /** The number of a boundary near the wall time: of the last at or before it, or of a neighbour. */
  near(wallMs: number): number;
}

/**
 * The grid of a rule. On it the anchor has number 0; `anchorWallMs` is read by an anchor of a calendar only to choose
 * one nearby.
 */
export function cycleGrid({ unit, count, anchor }: CycleRule, anchorWallMs: number): CycleGrid {
  switch (unit) {
    case 'day':
      return dayGrid(anchor.kind === 'calendar' ? midnightOf(anchorWallMs) : anchorWallMs, count);
    case 'week':
      return dayGrid(
        anchor.kind === 'calendar' ? weekdayOf(anchorWallMs, anchor) : anchorWallMs,
        7 * count,
      );
    case 'month':
    case 'quarter':
    case 'half_year':
    case 'year': {
      const months = MONTHS[unit];
      const first =
        anchor.kind === 'calendar' ? calendarMonth(anchorWallMs, months, anchor) : anchorWallMs;
      const day =
        anchor.kind === 'calendar' ? (anchor.dayOfMonth ?? 1) : dayOfMonthOf(anchorWallMs);
      const timeMs = anchor.kind === 'calendar' ? 0 : anchorWallMs - midnightOf(anchorWallMs);
      return monthGrid(monthStartOf(first), day, timeMs, months * count);
    }
  }
}

function dayGrid(anchorWallMs: number, days: number): CycleGrid {
  return {
    boundary: (index) => anchorWallMs + index * days * DAY_MS,
    near: (wallMs) => Math.floor((wallMs - anchorWallMs) / (days * DAY_MS)),
  };
}

/** The day is kept apart from the month, so that the 31st comes back after a month that has none. */
function monthGrid(monthWallMs: number, day: number, timeMs: number, months: number): CycleGrid {
  return {
    boundary: (index) => dateIn(addMonths(monthWallMs, index * months), day) + timeMs,
    near: (wallMs) => Math.floor((monthOrdinalOf(wallMs) - monthOrdinalOf(monthWallMs)) / months),
  };
}

/** 00:00 of that day of the month that begins at the wall time, or of the month's last day. */
function dateIn(monthWallMs: number, day: number): number {
  const last = addMonths(monthWallMs, 1) - DAY_MS;
  return Math.min(monthWallMs + (day - 1) * DAY_MS, last);
}

/** 00:00 of the anchor's day of the week, at or before the wall time. */
function weekdayOf(wallMs: number, { weekday = 1 }: CalendarAnchor): number {
  const day = weekStartOf(wallMs) + (weekday - 1) * DAY_MS;
  return day <= wallMs ? day : day - 7 * DAY_MS;
}

/** The beginning of the month that holds the calendar's boundary at or before the wall time. */
function calendarMonth(
  wallMs: number,
  months: number,
  { month = 1, dayOfMonth = 1 }: CalendarAnchor,
): number {
  const past = (monthOrdinalOf(wallMs) - (month - 1)) % months;
  const latest = addMonths(monthStartOf(wallMs), -((past + months) % months));
  return dateIn(latest, dayOfMonth) <= wallMs ? latest : addMonths(latest, -months);
}
