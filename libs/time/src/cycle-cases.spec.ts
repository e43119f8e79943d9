import {
  BillingCycles,
  civilDays,
  instantText,
  shareOf,
  type CycleAnchor,
  type CycleRule,
  type CycleUnit,
} from './index';
import { at, period } from './fixtures/zones';

/**
 * Figures of the public test suites of other billing systems that any right one agrees with. The system stands in front
 * of each.
 */
const start: CycleAnchor = { kind: 'start' };
const calendar: CycleAnchor = { kind: 'calendar' };
const day = (dayOfMonth: number): CycleAnchor => ({ kind: 'calendar', dayOfMonth });
const instant = (text: string): CycleAnchor => ({ kind: 'instant', ms: at(text) });

type Case = readonly [
  system: string,
  rule: readonly [unit: CycleUnit, count: number, anchor: CycleAnchor],
  timeZone: string,
  starts: string,
  boundary: string,
];

const firstBoundaries: readonly Case[] = [
  [
    'flexprice',
    ['month', 1, start],
    'Asia/Kolkata',
    '2024-01-30T18:30:00Z',
    '2024-02-28T18:30:00Z',
  ],
  [
    'flexprice',
    ['month', 1, start],
    'Asia/Kolkata',
    '2025-02-28T05:07:00Z',
    '2025-03-28T05:07:00Z',
  ],
  ['flexprice', ['month', 2, start], 'Asia/Tokyo', '2024-01-31T14:59:59Z', '2024-03-31T14:59:59Z'],
  ['flexprice', ['year', 4, start], 'Asia/Tokyo', '2024-02-29T06:45:30Z', '2028-02-29T06:45:30Z'],
  ['flexprice', ['year', 1, start], 'Asia/Kolkata', '2024-02-29T08:00:00Z', '2025-02-28T08:00:00Z'],
  [
    'flexprice',
    ['week', 1, instant('2024-01-03T14:00:00Z')],
    'UTC',
    '2024-03-04T10:00:00Z',
    '2024-03-06T14:00:00Z',
  ],
  [
    'flexprice',
    ['week', 1, instant('2023-01-04T12:30:45Z')],
    'UTC',
    '2024-03-06T12:30:45Z',
    '2024-03-13T12:30:45Z',
  ],
  [
    'flexprice',
    ['week', 3, instant('2024-01-04T15:30:00Z')],
    'UTC',
    '2024-12-29T00:00:00Z',
    '2025-01-16T15:30:00Z',
  ],
  ['flexprice', ['day', 3, start], 'UTC', '2024-02-27T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['flexprice', ['day', 1, start], 'Asia/Tokyo', '2024-01-31T14:59:59Z', '2024-02-01T14:59:59Z'],
  ['flexprice', ['year', 1, calendar], 'UTC', '2023-03-15T00:00:00Z', '2024-01-01T00:00:00Z'],
  ['flexprice', ['week', 1, calendar], 'UTC', '2024-03-10T00:00:00Z', '2024-03-11T00:00:00Z'],
  ['flexprice', ['day', 1, calendar], 'UTC', '2024-12-31T00:00:00Z', '2025-01-01T00:00:00Z'],
  ['flexprice', ['quarter', 1, calendar], 'UTC', '2026-04-01T00:00:00Z', '2026-07-01T00:00:00Z'],
  ['flexprice', ['month', 2, calendar], 'UTC', '2023-01-15T00:00:00Z', '2023-03-01T00:00:00Z'],
  ['flexprice', ['month', 1, day(31)], 'UTC', '2026-02-28T00:00:00Z', '2026-03-31T00:00:00Z'],
  ['meteroid', ['month', 1, day(10)], 'UTC', '2021-01-01T00:00:00Z', '2021-01-10T00:00:00Z'],
  ['meteroid', ['year', 1, day(1)], 'UTC', '2022-01-01T00:00:00Z', '2023-01-01T00:00:00Z'],
  ['meteroid', ['year', 1, day(1)], 'UTC', '2021-01-10T00:00:00Z', '2022-01-01T00:00:00Z'],
  ['kill bill', ['month', 1, day(16)], 'UTC', '2012-01-16T00:00:00Z', '2012-02-16T00:00:00Z'],
  ['openmeter', ['day', 1, start], 'UTC', '2023-12-31T00:00:00Z', '2024-01-01T00:00:00Z'],
  ['lago', ['month', 1, start], 'UTC', '2021-03-31T00:00:00Z', '2021-04-30T00:00:00Z'],
];

const cyclesOf = ([unit, count, anchor]: Case[1], timeZone: string, starts: string) => {
  const rule: CycleRule = { unit, count, anchor };
  return new BillingCycles({ startMs: at(starts), timeZone, rule });
};

test.each(firstBoundaries)(
  '%s: %j in %s from %s ends its first cycle %s',
  (_system, rule, timeZone, starts, boundary) => {
    expect(instantText(cyclesOf(rule, timeZone, starts).period(0).endMs)).toBe(boundary);
  },
);

type Held = readonly [...Case, end: string, target: string, number: number];

const holding: readonly Held[] = [
  [
    'meteroid',
    ['month', 1, day(1)],
    'UTC',
    '2024-01-01T00:00:00Z',
    '2024-01-01T00:00:00Z',
    '2024-02-01T00:00:00Z',
    '2024-01-15T00:00:00Z',
    0,
  ],
  [
    'flexprice',
    ['month', 1, calendar],
    'Asia/Kolkata',
    '2024-02-15T18:30:00Z',
    '2024-02-29T18:30:00Z',
    '2024-03-31T18:30:00Z',
    '2024-03-31T12:00:00Z',
    1,
  ],
  [
    'flexprice',
    ['month', 1, calendar],
    'Asia/Kolkata',
    '2024-02-15T18:30:00Z',
    '2024-03-31T18:30:00Z',
    '2024-04-30T18:30:00Z',
    '2024-03-31T18:30:00Z',
    2,
  ],
  [
    'flexprice',
    ['month', 1, start],
    'Asia/Kolkata',
    '2024-02-29T18:30:00Z',
    '2024-02-29T18:30:00Z',
    '2024-03-31T18:30:00Z',
    '2024-03-31T12:00:00Z',
    0,
  ],
  [
    'meteroid',
    ['month', 1, day(1)],
    'UTC',
    '2024-01-01T00:00:00Z',
    '2024-02-01T00:00:00Z',
    '2024-03-01T00:00:00Z',
    '2024-02-01T00:00:00Z',
    1,
  ],
  [
    'meteroid',
    ['month', 1, day(10)],
    'UTC',
    '2024-01-01T00:00:00Z',
    '2024-01-10T00:00:00Z',
    '2024-02-10T00:00:00Z',
    '2024-01-10T00:00:00Z',
    1,
  ],
  [
    'meteroid',
    ['year', 1, day(1)],
    'UTC',
    '2021-01-01T00:00:00Z',
    '2024-01-01T00:00:00Z',
    '2025-01-01T00:00:00Z',
    '2024-06-15T00:00:00Z',
    3,
  ],
  [
    'meteroid',
    ['year', 1, day(1)],
    'UTC',
    '2021-01-10T00:00:00Z',
    '2023-01-01T00:00:00Z',
    '2024-01-01T00:00:00Z',
    '2023-01-01T00:00:00Z',
    2,
  ],
  [
    'meteroid',
    ['month', 1, day(31)],
    'UTC',
    '2024-01-31T00:00:00Z',
    '2024-01-31T00:00:00Z',
    '2024-02-29T00:00:00Z',
    '2024-02-15T00:00:00Z',
    0,
  ],
  [
    'openmeter',
    ['month', 1, start],
    'UTC',
    '2025-01-31T15:00:00Z',
    '2025-09-30T15:00:00Z',
    '2025-10-31T15:00:00Z',
    '2025-09-30T15:00:00Z',
    8,
  ],
  [
    'lago',
    ['month', 1, calendar],
    'UTC',
    '2021-02-02T00:00:00Z',
    '2022-02-01T00:00:00Z',
    '2022-03-01T00:00:00Z',
    '2022-02-28T23:59:59Z',
    12,
  ],
  [
    'lago',
    ['month', 1, start],
    'UTC',
    '2021-03-31T00:00:00Z',
    '2021-04-30T00:00:00Z',
    '2021-05-31T00:00:00Z',
    '2021-04-30T00:00:00Z',
    1,
  ],
];

test.each(holding)(
  '%s: %j in %s from %s has the cycle from %s to %s at %s',
  (_system, rule, timeZone, starts, from, end, target, number) => {
    expect(cyclesOf(rule, timeZone, starts).at(at(target))).toEqual({
      number,
      period: period(from, end),
    });
  },
);

/** Where another choice is legitimate, and ours is another than that of the system. See docs/subscriptions.md. */
test('an anchor after the start ends a short first cycle (flexprice skips it)', () => {
  const cycles = cyclesOf(
    ['year', 1, instant('2024-02-29T00:00:00Z')],
    'UTC',
    '2024-01-15T00:00:00Z',
  );
  expect(instantText(cycles.period(0).endMs)).toBe('2024-02-29T00:00:00Z');
});

test('a start off the grid of its anchor comes back to the grid (flexprice keeps its own cadence)', () => {
  const cycles = cyclesOf(
    ['quarter', 1, instant('2026-04-01T00:00:00Z')],
    'UTC',
    '2026-06-01T00:00:00Z',
  );
  expect(instantText(cycles.period(0).endMs)).toBe('2026-07-01T00:00:00Z');
});

test('before the start there is no cycle (meteroid answers with the first)', () => {
  const cycles = cyclesOf(['month', 1, day(1)], 'UTC', '2024-06-01T00:00:00Z');
  expect(cycles.at(at('2024-01-01T00:00:00Z'))).toBeUndefined();
});

/** The days that a price is charged for, of those of the whole cycle. */
const shares: readonly (readonly [
  system: string,
  rule: Case[1],
  starts: string,
  number: number,
  until: string | null,
  part: bigint,
  whole: bigint,
])[] = [
  [
    'meteroid',
    ['year', 1, { kind: 'calendar', dayOfMonth: 1, month: 4 }],
    '2025-04-15T00:00:00Z',
    0,
    null,
    351n,
    365n,
  ],
  ['kill bill', ['month', 1, day(23)], '2023-05-23T00:00:00Z', 1, '2023-07-15T00:00:00Z', 22n, 30n],
  ['kill bill', ['month', 1, day(23)], '2024-01-23T00:00:00Z', 1, '2024-03-15T00:00:00Z', 21n, 29n],
  ['kill bill', ['month', 1, day(13)], '2011-02-01T00:00:00Z', 0, null, 12n, 31n],
  ['kill bill', ['month', 1, day(13)], '2011-02-01T00:00:00Z', 1, null, 28n, 28n],
  ['kill bill', ['month', 1, day(13)], '2011-02-01T00:00:00Z', 2, null, 31n, 31n],
  ['kill bill', ['month', 1, day(15)], '2011-01-01T00:00:00Z', 0, null, 14n, 31n],
  ['kill bill', ['month', 1, day(15)], '2011-01-01T00:00:00Z', 2, '2011-02-27T00:00:00Z', 12n, 28n],
  ['lago', ['month', 1, calendar], '2025-12-10T12:12:00Z', 0, null, 22n, 31n],
  ['lago', ['week', 1, calendar], '2024-01-01T00:00:00Z', 0, '2024-01-07T00:00:00Z', 6n, 7n],
  ['flexprice', ['month', 1, calendar], '2024-03-15T00:00:00Z', 0, null, 17n, 31n],
];

test.each(shares)(
  '%s: %j from %s, cycle %d until %s is charged for %d of %d days',
  (_system, rule, starts, number, until, part, whole) => {
    const cycles = cyclesOf(rule, 'UTC', starts);
    const { startMs, endMs } = cycles.period(number);
    const charged = { startMs, endMs: until === null ? endMs : at(until) };
    expect(shareOf(charged, cycles.whole(number), 'day', 'UTC')).toEqual({ part, whole });
  },
);

test.each([
  ['2024-05-01T00:00:00Z', '2024-05-05T00:00:00Z', 'UTC', 4],
  ['2024-05-01T06:00:00Z', '2024-05-01T15:00:00Z', 'Europe/Berlin', 0],
  ['2024-03-29T23:00:00Z', '2024-03-31T22:00:00Z', 'Europe/Berlin', 2], // The second of them has 23 hours.
])('civil days from %s to %s in %s: %d', (from, until, timeZone, days) => {
  expect(civilDays(period(from, until), timeZone)).toBe(days);
});
