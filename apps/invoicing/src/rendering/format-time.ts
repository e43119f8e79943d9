import type { Period } from '@billingrails/time';
import type { Words } from './words';

/** How a language says a span whose end is outside, and whose dates it writes. */
type TimeWords = Pick<Words, 'locale' | 'untilBefore'>;

/** `31 October 2026`, the day that the zone's calendars show. */
export function dateText(instantMs: number, timeZone: string, { locale }: TimeWords): string {
  return formatsOf(locale, timeZone).date.format(instantMs);
}

/** `31 Oct`, for many days below each other. */
export function dayText(instantMs: number, timeZone: string, { locale }: TimeWords): string {
  return formatsOf(locale, timeZone).day.format(instantMs);
}

/** `31 October 2026, 14:30 UTC`; with seconds and milliseconds where there are any. */
export function timeText(instantMs: number, timeZone: string, words: TimeWords): string {
  return `${dateAndTime(instantMs, timeZone, words)} ${timeZone}`;
}

/**
 * A half-open period as people say it. Whole days are named by the last that is inside:
 * `1 – 31 October 2026`. Anything else names both instants, and says that the end is outside:
 * `1 October 2026, 14:30 – before 1 November 2026, 14:30 UTC`.
 */
export function periodText({ startMs, endMs }: Period, timeZone: string, words: TimeWords): string {
  if (isDayStart(startMs, timeZone, words) && isDayStart(endMs, timeZone, words)) {
    return formatsOf(words.locale, timeZone).date.formatRange(startMs, endMs - 1);
  }
  const start = dateAndTime(startMs, timeZone, words);
  return words.untilBefore(start, timeText(endMs, timeZone, words));
}

function dateAndTime(instantMs: number, timeZone: string, words: TimeWords): string {
  return `${dateText(instantMs, timeZone, words)}, ${clockText(instantMs, timeZone, words)}`;
}

/** Whether the instant is a day's first. That is not midnight where clocks skip midnight. */
function isDayStart(instantMs: number, timeZone: string, words: TimeWords): boolean {
  return dateText(instantMs - 1, timeZone, words) !== dateText(instantMs, timeZone, words);
}

/** `14:30`, `14:30:05`, `14:30:05.250`: as exact as the instant is. */
function clockText(instantMs: number, timeZone: string, { locale }: TimeWords): string {
  const whole = formatsOf(locale, timeZone).clock.format(instantMs);
  return whole.replace(/(?::00)?[.,]000$/, '');
}

interface TimeFormats {
  readonly date: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly clock: Intl.DateTimeFormat;
}

const formats = new Map<string, TimeFormats>();

/** More than there are zones and languages; whoever made up more would fill the memory. */
const FORMATS_MAX = 3_000;

/** Made once a locale and zone: making one takes longer than writing many dates. */
function formatsOf(locale: string, timeZone: string): TimeFormats {
  const key = `${locale} ${timeZone}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  if (formats.size >= FORMATS_MAX) formats.clear();
  const made = {
    date: new Intl.DateTimeFormat(locale, {
      ...{ timeZone, day: 'numeric', month: 'long', year: 'numeric' },
    }),
    day: new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'short' }),
    clock: new Intl.DateTimeFormat(locale, {
      ...{ timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' },
      fractionalSecondDigits: 3,
    }),
  };
  formats.set(key, made);
  return made;
}
