import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { instantText, monthlyCycle } from './index';
import { anyZone, at } from './fixtures/zones';

const startsOf = (start: string, timeZone: string, count: number): string[] =>
  Array.from({ length: count }, (_, cycle) =>
    instantText(monthlyCycle({ startMs: at(start), timeZone, cycle }).startMs),
  );

test.each([
  [
    'the 31st is the last of shorter months, and the 31st again',
    '2024-01-31T00:00:00Z',
    'UTC',
    ['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30', '2024-05-31'],
  ],
  ['no leap year', '2023-01-31T00:00:00Z', 'UTC', ['2023-01-31', '2023-02-28', '2023-03-31']],
  ['a leap day', '2024-02-29T00:00:00Z', 'UTC', ['2024-02-29', '2024-03-29', '2024-04-29']],
  ['over the year', '2023-12-15T00:00:00Z', 'UTC', ['2023-12-15', '2024-01-15', '2024-02-15']],
])('%s', (_what, start, timeZone, days) => {
  expect(startsOf(start, timeZone, days.length)).toEqual(days.map((day) => `${day}T00:00:00Z`));
});

test.each([
  [
    'midnight stays midnight when the clocks change',
    '2024-02-29T23:00:00Z', // 1 March, 00:00
    'Europe/Berlin',
    ['2024-02-29T23:00:00Z', '2024-03-31T22:00:00Z', '2024-04-30T22:00:00Z'],
  ],
  [
    'the month is that of the zone, not of UTC',
    '2024-01-31T23:30:00Z', // 1 February, 08:30
    'Asia/Tokyo',
    ['2024-01-31T23:30:00Z', '2024-02-29T23:30:00Z', '2024-03-31T23:30:00Z'],
  ],
  [
    'a time that the clocks skip comes as much later, once',
    '2024-01-31T01:30:00Z', // 02:30
    'Europe/Berlin',
    [
      '2024-01-31T01:30:00Z',
      '2024-02-29T01:30:00Z',
      '2024-03-31T01:30:00Z',
      '2024-04-30T00:30:00Z',
    ],
  ],
  [
    'of a time shown twice it is the first',
    '2024-09-27T00:30:00Z', // 02:30
    'Europe/Berlin',
    ['2024-09-27T00:30:00Z', '2024-10-27T00:30:00Z', '2024-11-27T01:30:00Z'],
  ],
  [
    'a start in the second showing stays where it is',
    '2024-10-27T01:30:00Z', // 02:30 for the second time
    'Europe/Berlin',
    ['2024-10-27T01:30:00Z', '2024-11-27T01:30:00Z'],
  ],
  [
    'a date that the zone skips is the next',
    '2011-10-30T10:00:00Z', // 30 October, 00:00
    'Pacific/Apia',
    [
      '2011-10-30T10:00:00Z',
      '2011-11-30T10:00:00Z',
      '2011-12-30T10:00:00Z',
      '2012-01-29T10:00:00Z',
    ],
  ],
])('%s', (_what, start, timeZone, starts) => {
  expect(startsOf(start, timeZone, starts.length)).toEqual(starts);
});

test('cycles follow each other without gap, overlap or an empty one, from the start on', () => {
  const start = fc.integer({ min: at('1972-01-01T00:00:00Z'), max: at('2090-01-01T00:00:00Z') });
  fc.assert(
    fc.property(start, anyZone, fc.nat(100), (startMs, timeZone, cycle) => {
      const { startMs: from, endMs } = monthlyCycle({ startMs, timeZone, cycle });
      const next = monthlyCycle({ startMs, timeZone, cycle: cycle + 1 });
      expect(next.startMs).toBe(endMs);
      expect((endMs - from) / 86_400_000).toBeGreaterThan(26.9);
      expect((endMs - from) / 86_400_000).toBeLessThan(32.1);
      expect(monthlyCycle({ startMs, timeZone, cycle: 0 }).startMs).toBe(startMs);
    }),
    { numRuns: 500 },
  );
});

test('cycles are those of Temporal, in zones where its polyfill is right', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];
  const start = fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2025-01-01T00:00:00Z') });
  fc.assert(
    fc.property(start, fc.constantFrom(...zones), fc.nat(60), (startMs, timeZone, cycle) => {
      const anchor = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO(timeZone);
      expect(monthlyCycle({ startMs, timeZone, cycle })).toEqual({
        startMs: anchor.add({ months: cycle }).epochMilliseconds,
        endMs: anchor.add({ months: cycle + 1 }).epochMilliseconds,
      });
    }),
    { numRuns: 500 },
  );
});

test.each([-1, 0.5, Number.NaN])('cycle %p is a bug', (cycle) => {
  const anchor = { startMs: 0, timeZone: 'UTC' };
  expect(() => monthlyCycle({ ...anchor, cycle })).toThrow('cycles are counted from 0');
});
