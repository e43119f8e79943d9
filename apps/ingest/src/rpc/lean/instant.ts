import type { ByteWriter } from './byte-writer';

const DAY_MS = 86_400_000;
/** Events of a day come together, and most are of a few days. */
const DAYS_REMEMBERED_MAX = 10_000;
const startByDate = new Map<string, number>();
const dateByStart = new Map<number, string>();

const DATE_BYTES = 10;
const SECONDS_END = 19;

/**
 * The instant that `YYYY-MM-DDTHH:MM:SS[.fraction]` and `Z` or `+00:00` stand for in `source` from `start` up to `end`,
 * in epoch milliseconds, what is finer cut off; NaN for anything else, and before 1970.
 */
export function readInstant(source: Buffer, start: number, end: number): number {
  const zoneBytes = source[end - 1] === 0x5a ? 1 : 6;
  if (zoneBytes === 6 && source.toString('latin1', end - 6, end) !== '+00:00') return NaN;
  const has = (offset: number, code: number): boolean => source[start + offset] === code;
  if (!has(DATE_BYTES, 0x54) || !has(13, 0x3a) || !has(16, 0x3a)) return NaN;
  const hour = digits(source, start + 11, 2);
  const minute = digits(source, start + 14, 2);
  const second = digits(source, start + 17, 2);
  if (!(hour < 24 && minute < 60 && second < 60)) return NaN;
  let millisecond = 0;
  const fractionBytes = end - zoneBytes - start - SECONDS_END;
  if (fractionBytes !== 0) {
    if (fractionBytes < 2 || fractionBytes > 10 || !has(SECONDS_END, 0x2e)) return NaN;
    const fraction = digits(source, start + SECONDS_END + 1, fractionBytes - 1);
    millisecond = Math.floor(fraction / 10 ** (fractionBytes - 4));
  }
  const seconds = (hour * 60 + minute) * 60 + second;
  return (
    startOf(source.toString('latin1', start, start + DATE_BYTES)) + seconds * 1_000 + millisecond
  );
}

/** Writes the instant, of the years 1970 to 9999, as JSON has a Timestamp: without a fraction, or with three digits. */
export function writeInstant(writer: ByteWriter, timestampMs: number): void {
  const inDay = timestampMs % DAY_MS;
  const millisecond = inDay % 1_000;
  const second = (inDay - millisecond) / 1_000;
  writer.ascii(dateOf(timestampMs - inDay));
  writer.byte(0x54);
  writer.digits(Math.floor(second / 3_600), 2);
  writer.byte(0x3a);
  writer.digits(Math.floor(second / 60) % 60, 2);
  writer.byte(0x3a);
  writer.digits(second % 60, 2);
  if (millisecond > 0) {
    writer.byte(0x2e);
    writer.digits(millisecond, 3);
  }
  writer.byte(0x5a);
}

/** NaN where there are others than digits. */
function digits(source: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) {
    const digit = (source[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

function startOf(date: string): number {
  const known = startByDate.get(date);
  if (known !== undefined) return known;
  const parsedMs = Date.parse(`${date}T00:00:00Z`);
  // There is no 30th of February, whatever the parser makes of it.
  const startMs = parsedMs >= 0 && dateOf(parsedMs) === date ? parsedMs : NaN;
  if (startByDate.size >= DAYS_REMEMBERED_MAX) startByDate.clear();
  startByDate.set(date, startMs);
  return startMs;
}

function dateOf(startMs: number): string {
  const known = dateByStart.get(startMs);
  if (known !== undefined) return known;
  const date = new Date(startMs).toISOString().slice(0, DATE_BYTES);
  if (dateByStart.size >= DAYS_REMEMBERED_MAX) dateByStart.clear();
  dateByStart.set(startMs, date);
  return date;
}
