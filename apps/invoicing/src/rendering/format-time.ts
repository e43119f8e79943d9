import type { Period } from '@billingrails/time';

/** `31 October 2026`, the day that the zone's calendars show. */
export function dateText(instantMs: number, timeZone: string): string {
  return dateFormat(timeZone).format(instantMs);
}

/** `31 October 2026, 14:30 UTC`; with seconds and milliseconds where there are any. */
export function timeText(instantMs: number, timeZone: string): string {
  return `${dateAndTime(instantMs, timeZone)} ${timeZone}`;
}

/**
 * A half-open period as people say it. Whole days are named by the last that is inside:
 * `1 – 31 October 2026`. Anything else names both instants, and says that the end is outside:
 * `1 October 2026, 14:30 – before 1 November 2026, 14:30 UTC`.
 */
export function periodText({ startMs, endMs }: Period, timeZone: string): string {
  if (isDayStart(startMs, timeZone) && isDayStart(endMs, timeZone)) {
    return dateFormat(timeZone).formatRange(startMs, endMs - 1);
  }
  return `${dateAndTime(startMs, timeZone)} – before ${timeText(endMs, timeZone)}`;
}

function dateFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
}

function dateAndTime(instantMs: number, timeZone: string): string {
  return `${dateText(instantMs, timeZone)}, ${clockText(instantMs, timeZone)}`;
}

/** Whether the instant is a day's first. That is not midnight where clocks skip midnight. */
function isDayStart(instantMs: number, timeZone: string): boolean {
  return dateText(instantMs - 1, timeZone) !== dateText(instantMs, timeZone);
}

/** `14:30`, `14:30:05`, `14:30:05.250`: as exact as the instant is. */
function clockText(instantMs: number, timeZone: string): string {
  const whole = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).format(instantMs);
  return whole.replace(/(?::00)?\.000$/, '');
}
