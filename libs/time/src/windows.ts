import { assert } from '@billingrails/errors';
import { DAY_MS, HOUR_MS, MINUTE_MS, utcDayOf, type Period } from './period';
import { addMonths, midnightOf, monthStartOf, weekStartOf } from './wall';
import { Zone } from './zone';

/** How a period is cut: not at all, or at the minutes, hours, days, weeks (from Monday) or months of a time zone. */
export type Window = 'none' | 'minute' | 'hour' | 'day' | 'week' | 'month';

/**
 * The windows of a period, in order: they cover it without gap or overlap; the first and the last may be cut short by
 * it. A day, week or month begins at the first instant of its (first) date, so days of 23 or 25 hours come out as such.
 * An hour or minute begins where the clocks come to a full one, and where they are changed: a repeated hour gives two
 * windows. There may be very many windows: use `countWindows` first where the period is a caller's.
 */
export function windowsOf(period: Period, window: Window, timeZone: string): Period[] {
  const windows: Period[] = [];
  let startMs = period.startMs;
  for (const boundaryMs of boundaries(period, window, timeZone)) {
    windows.push({ startMs, endMs: boundaryMs });
    startMs = boundaryMs;
  }
  windows.push({ startMs, endMs: period.endMs });
  return windows;
}

/**
 * How many windows the period has, as far as `countMax`; `countMax` + 1 when there are more. Its cost is bounded by
 * `countMax`.
 */
export function countWindows(
  period: Period,
  window: Window,
  timeZone: string,
  countMax: number,
): number {
  let count = 1;
  for (const _boundary of boundaries(period, window, timeZone)) {
    if (count > countMax) break;
    count += 1;
  }
  return count;
}

/** The instants strictly inside the period at which a window begins, rising. */
function* boundaries(
  { startMs, endMs }: Period,
  window: Window,
  timeZone: string,
): Generator<number> {
  assert(startMs < endMs, 'a period ends after it starts');
  if (window === 'none') return;
  const zone = Zone.named(timeZone);
  const all = beginnings(zone, startMs, window);
  let lastMs = startMs;
  for (const boundaryMs of all) {
    if (boundaryMs >= endMs) return;
    // Dates that the clocks skip whole begin together with the next; dates shown twice begin once.
    if (boundaryMs > lastMs) yield (lastMs = boundaryMs);
  }
}

function beginnings(zone: Zone, fromMs: number, window: Exclude<Window, 'none'>): Iterable<number> {
  const wallMs = zone.wallMs(fromMs);
  switch (window) {
    case 'minute':
      return clockUnits(zone, fromMs, MINUTE_MS);
    case 'hour':
      return clockUnits(zone, fromMs, HOUR_MS);
    case 'day':
      return dates(zone, (count) => midnightOf(wallMs) + count * DAY_MS);
    case 'week':
      return dates(zone, (count) => weekStartOf(wallMs) + count * 7 * DAY_MS);
    case 'month':
      return dates(zone, (count) => addMonths(monthStartOf(wallMs), count));
  }
}

/** Where dates begin in the zone: the one of number 0, which holds the instant, and those that follow, for ever. */
function* dates(zone: Zone, wallMsOf: (count: number) => number): Generator<number> {
  for (let count = 0; ; count += 1) yield zone.firstAtOrAfter(wallMsOf(count));
}

/** Where the zone's hours or minutes begin, after the instant, for ever. Looks at one UTC day after the other. */
function* clockUnits(zone: Zone, fromMs: number, unitMs: number): Generator<number> {
  let cursorMs = fromMs;
  let offset = zone.offsetMs(cursorMs);
  for (let dayMs = utcDayOf(fromMs) + DAY_MS; ; dayMs += DAY_MS) {
    const next = zone.offsetMs(dayMs);
    const changeMs = next === offset ? dayMs : zone.changeBetween(cursorMs, dayMs, offset);
    yield* fullUnits(cursorMs, changeMs, offset, unitMs);
    if (next !== offset) yield changeMs;
    yield* fullUnits(changeMs, dayMs, next, unitMs);
    cursorMs = dayMs;
    offset = next;
  }
}

/** The instants in (afterMs, untilMs] at which clocks with this offset show a full hour or minute. */
function* fullUnits(
  afterMs: number,
  untilMs: number,
  offset: number,
  unitMs: number,
): Generator<number> {
  const first = (Math.floor((afterMs + offset) / unitMs) + 1) * unitMs - offset;
  for (let ms = first; ms <= untilMs; ms += unitMs) yield ms;
}
