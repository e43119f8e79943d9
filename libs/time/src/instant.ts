import { assert } from '@billingrails/errors';

/** 0001-01-01T00:00:00Z and the end of the year 9999: what RFC 3339 and the contracts' timestamps can write. */
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;

const shape =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * The instant that an RFC 3339 text names ("2023-10-01T12:00:00Z", "…T14:00:00.5+02:00"), in milliseconds; what is
 * finer is cut off. Undefined for any other text, for dates and times that do not exist, for leap seconds, and outside
 * the years 1 to 9999.
 */
export function parseInstant(text: string): number | undefined {
  const match = shape.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const [offsetHour, offsetMinute] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59)
    return undefined;
  const fraction = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const date = new Date(0);
  // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  // A day that its month does not have would be in another.
  if (date.getUTCMonth() !== month - 1) return undefined;
  date.setUTCHours(hour, minute, second, fraction);
  const offsetMs = (offsetHour * 60 + offsetMinute) * 60_000 * (match[8] === '-' ? -1 : 1);
  const ms = date.getTime() - offsetMs;
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : undefined;
}

/** RFC 3339 in UTC: "2023-10-01T12:00:00Z", with three more digits only where the instant has milliseconds. */
export function instantText(ms: number): string {
  assert(
    Number.isSafeInteger(ms) && ms >= FIRST_MS && ms <= LAST_MS,
    'an instant is a whole millisecond of the years 1 to 9999',
  );
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
