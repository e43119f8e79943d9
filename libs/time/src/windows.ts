import { assert } from '@billingrails/errors';
import { DAY_MS, HOUR_MS, utcDayOf, type Period } from './period';
import { addMonths, midnightOf, monthStartOf } from './wall';
import { Zone } from './zone';

/** How a period is cut: not at all, or at the hours, days or months of a time zone. */
export type Window = 'none' | 'hour' | 'day' | 'month';

/**
 * The windows of a period, in order: they cover it without gap or overlap; the first and the last may be cut short by it.
 * A day or month begins at the first instant of its date, so days of 23 or 25 hours come out as such. An hour begins where the
 * clocks come to a full hour, and where they are changed: a repeated hour gives two windows. There may be very many
 * windows: use `countWindows` first where the period is a caller's.
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

/** How many windows the period has, as far as `countMax`; `countMax` + 1 when there are more. Its cost is bounded by `countMax`. */
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
  const all = window === 'hour' ? hours(zone, startMs) : dates(zone, startMs, window);
  let lastMs = startMs;
  for (const boundaryMs of all) {
    if (boundaryMs >= endMs) return;
    // Dates that the clocks skip whole begin together with the next; dates shown twice begin once.
    if (boundaryMs > lastMs) yield (lastMs = boundaryMs);
  }
}

/** Where the zone's dates (or months) begin, from the one that holds the instant, for ever. */
function* dates(zone: Zone, fromMs: number, unit: 'day' | 'month'): Generator<number> {
  const wallMs = zone.wallMs(fromMs);
  const first = unit === 'month' ? monthStartOf(wallMs) : midnightOf(wallMs);
  for (let count = 0; ; count += 1) {
    const next = unit === 'month' ? addMonths(first, count) : first + count * DAY_MS;
    yield zone.firstAtOrAfter(next);
  }
}

/** Where the zone's hours begin, after the instant, for ever. Looks at one UTC day after the other. */
function* hours(zone: Zone, fromMs: number): Generator<number> {
  let cursorMs = fromMs;
  let offset = zone.offsetMs(cursorMs);
  for (let dayMs = utcDayOf(fromMs) + DAY_MS; ; dayMs += DAY_MS) {
    const next = zone.offsetMs(dayMs);
    const changeMs = next === offset ? dayMs : zone.changeBetween(cursorMs, dayMs, offset);
    yield* fullHours(cursorMs, changeMs, offset);
    if (next !== offset) yield changeMs;
    yield* fullHours(changeMs, dayMs, next);
    cursorMs = dayMs;
    offset = next;
  }
}

/** The instants in (afterMs, untilMs] at which clocks with this offset show a full hour. */
function* fullHours(afterMs: number, untilMs: number, offset: number): Generator<number> {
  const first = (Math.floor((afterMs + offset) / HOUR_MS) + 1) * HOUR_MS - offset;
  for (let ms = first; ms <= untilMs; ms += HOUR_MS) yield ms;
}
