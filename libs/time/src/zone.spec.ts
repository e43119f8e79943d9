import fc from 'fast-check';
import { canonicalTimeZone, isTimeZone, parseInstant } from './index';
import { anyZone, at } from './fixtures/zones';
import { Zone } from './zone';

/** The offset as Intl itself words it ("GMT+05:30"), in milliseconds. */
function wordedOffset(timeZone: string, ms: number): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, ...parts] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name ?? '?') ?? [];
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return (sign === '-' ? -1000 : 1000) * ((hours * 60 + minutes) * 60 + seconds) + 0;
}

test('offsets are those that Intl words, in every zone, from year 2 to 9998', () => {
  const instant = fc.oneof(
    fc.integer({ min: at('1900-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') }),
    fc.integer({ min: at('0002-01-01T00:00:00Z'), max: at('9998-01-01T00:00:00Z') }),
  );
  fc.assert(
    fc.property(anyZone, instant, (timeZone, ms) => {
      expect(Zone.named(timeZone).offsetMs(ms)).toBe(wordedOffset(timeZone, ms));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['changes less than 60 days apart are seen', 'Africa/Casablanca', '2024-03-20T00:00:00Z', 0],
  ['summer time goes on decades ahead', 'Europe/Berlin', '2060-07-01T00:00:00Z', 7_200_000],
  ['half hours', 'Asia/Kolkata', '2024-01-01T00:00:00Z', 19_800_000],
  ['three quarters', 'Pacific/Chatham', '2024-07-01T00:00:00Z', 45_900_000],
  ['half hours of summer time', 'Australia/Lord_Howe', '2024-01-01T00:00:00Z', 39_600_000],
  ['fourteen hours ahead', 'Pacific/Kiritimati', '2024-01-01T20:00:00Z', 50_400_000],
  ['eleven hours behind', 'Pacific/Pago_Pago', '2024-03-01T05:00:00Z', -39_600_000],
  ['seconds of local mean time', 'Europe/Amsterdam', '1800-01-01T00:00:00Z', undefined],
])('%s: %s at %s', (_what, timeZone, instant, offset) => {
  const found = Zone.named(timeZone).offsetMs(at(instant));
  expect(found).toBe(offset ?? wordedOffset(timeZone, at(instant)));
});

test.each([
  ['shown once', 'Europe/Berlin', '2024-01-31T01:30', '2024-01-31T00:30:00Z'],
  ['skipped: as much later', 'Europe/Berlin', '2024-03-31T02:30', '2024-03-31T01:30:00Z'],
  ['shown twice: the first', 'Europe/Berlin', '2024-10-27T02:30', '2024-10-27T00:30:00Z'],
  ['the first after a skip', 'Europe/Berlin', '2024-03-31T03:00', '2024-03-31T01:00:00Z'],
  ['the last before a skip', 'Europe/Berlin', '2024-03-31T01:59', '2024-03-31T00:59:00Z'],
  ['the first after a repetition', 'Europe/Berlin', '2024-10-27T03:00', '2024-10-27T02:00:00Z'],
  ['half an hour twice', 'Australia/Lord_Howe', '2024-04-07T01:45', '2024-04-06T14:45:00Z'],
  ['half an hour skipped', 'Australia/Lord_Howe', '2024-10-06T02:15', '2024-10-05T15:45:00Z'],
  ['a date skipped whole', 'Pacific/Apia', '2011-12-30T15:00', '2011-12-31T01:00:00Z'],
])('a wall time %s', (_what, timeZone, wall, instant) => {
  expect(Zone.named(timeZone).instantOf(at(`${wall}:00Z`))).toBe(at(instant));
});

test('a wall time read from a clock leads back to the instant, or to the first of two', () => {
  const instant = fc.integer({ min: at('1900-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') });
  fc.assert(
    fc.property(anyZone, instant, (timeZone, ms) => {
      const zone = Zone.named(timeZone);
      const back = zone.instantOf(zone.wallMs(ms));
      expect(back).toBeLessThanOrEqual(ms);
      expect(zone.wallMs(back)).toBe(zone.wallMs(ms));
    }),
    { numRuns: 300 },
  );
});

describe('names', () => {
  test.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'America/Port-au-Prince'])(
    '%s is a time zone',
    (name) => {
      expect(isTimeZone(name)).toBe(true);
    },
  );

  test.each([
    'Etc/GMT+5',
    'EST',
    'CET',
    'MST7MDT',
    'Asia/Calcutta',
    'Asia/Kolkata',
    'US/Pacific',
    'europe/berlin',
  ])('%s, an older or differently written name, is one too', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  test.each([
    '',
    ' ',
    'UTC ',
    '\nUTC',
    'Z',
    '+02:00',
    '-0530',
    '+02',
    'GMT+5',
    'UTC+1',
    'Nowhere/City',
    'Europe',
    'Europe/',
  ])('%j is none', (name) => {
    expect(isTimeZone(name)).toBe(false);
    expect(() => Zone.named(name)).toThrow('the time zone was checked before');
  });

  test.each([
    'PST',
    'IST',
    'BST',
    'ACT',
    'SystemV/PST8',
    '2024-01-01T00:00[Europe/Berlin]',
    'Europe/Berlin[u-ca=iso8601]',
  ])('%j, known to some programs only, is none', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });

  test.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['EUROPE/BERLIN', 'Europe/Berlin'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['us/pacific', 'America/Los_Angeles'],
    ['asia/kolkata', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['etc/gmt+5', 'Etc/GMT+5'],
    ['Nowhere/City', 'Nowhere/City'],
  ])('%s is stored as %s', (name, stored) => {
    expect(canonicalTimeZone(name)).toBe(stored);
  });

  test('a zone has one name, whatever case it is written in, and by that it is found again', () => {
    const names = Intl.supportedValuesOf('timeZone');
    const stored = names.map(canonicalTimeZone);
    expect(names.map((name) => canonicalTimeZone(name.toLowerCase()))).toEqual(stored);
    expect(names.map((name) => canonicalTimeZone(name.toUpperCase()))).toEqual(stored);
    expect(stored.map(canonicalTimeZone)).toEqual(stored);
    expect(new Set(stored).size).toBe(names.length);
  });

  test('every zone that Intl lists is one', () => {
    expect(Intl.supportedValuesOf('timeZone').filter((name) => !isTimeZone(name))).toEqual([]);
  });
});

test('many zones in turn stay right: those kept do not mix', () => {
  const names = Intl.supportedValuesOf('timeZone');
  const ms = parseInstant('2024-07-01T12:00:00Z') ?? 0;
  const once = names.map((name) => Zone.named(name).offsetMs(ms));
  expect(names.map((name) => Zone.named(name).offsetMs(ms))).toEqual(once);
  expect(once).toEqual(names.map((name) => wordedOffset(name, ms)));
});
