import { decimal } from '@billingrails/money';
import fc from 'fast-check';
import { MONTHLY } from '@billingrails/time';
import { cyclePeriod, MONTHLY_FROM_START, periodAt, subscriptionViolations } from './subscription';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

function ends(start: string, timeZone: string, cycles: number): string[] {
  const anchor = { startMs: at(start), timeZone, cycleRule: MONTHLY };
  return Array.from({ length: cycles }, (_, cycle) => iso(cyclePeriod(anchor, cycle).endMs));
}

test('a subscription that starts on the 31st ends on the last day of a short month, and the 31st comes back', () => {
  expect(ends('2024-01-31T09:30:00Z', 'UTC', 5)).toEqual([
    '2024-02-29T09:30:00.000Z',
    '2024-03-31T09:30:00.000Z',
    '2024-04-30T09:30:00.000Z',
    '2024-05-31T09:30:00.000Z',
    '2024-06-30T09:30:00.000Z',
  ]);
  expect(ends('2023-01-31T00:00:00Z', 'UTC', 2)).toEqual([
    '2023-02-28T00:00:00.000Z',
    '2023-03-31T00:00:00.000Z',
  ]);
});

test('cycles keep the local time of day when summer time begins and ends', () => {
  // Midnight in Berlin is 23:00 UTC in winter and 22:00 UTC in summer.
  expect(ends('2024-02-29T23:00:00Z', 'Europe/Berlin', 2)).toEqual([
    '2024-03-31T22:00:00.000Z',
    '2024-04-30T22:00:00.000Z',
  ]);
  expect(ends('2024-09-30T22:00:00Z', 'Europe/Berlin', 2)).toEqual([
    '2024-10-31T23:00:00.000Z',
    '2024-11-30T23:00:00.000Z',
  ]);
});

test.each([
  ['before the start', '2024-01-31T09:29:59.999Z', undefined],
  ['at the start', '2024-01-31T09:30:00Z', '2024-01-31T09:30:00.000Z'],
  ["in a cycle's last millisecond", '2024-02-29T09:29:59.999Z', '2024-01-31T09:30:00.000Z'],
  ["at a cycle's end", '2024-02-29T09:30:00Z', '2024-02-29T09:30:00.000Z'],
  ['years later', '2031-12-31T09:30:00Z', '2031-12-31T09:30:00.000Z'],
])('the current cycle %s is the one that contains the present', (_when, now, start) => {
  const period = periodAt(
    { startMs: at('2024-01-31T09:30:00Z'), timeZone: 'UTC', cycleRule: MONTHLY },
    at(now),
  );
  expect(period && iso(period.startMs)).toBe(start);
});

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Apia',
  'America/Sao_Paulo',
];
const anchors = fc.record({
  startMs: fc.integer({ min: at('1970-01-01T00:00:00Z'), max: at('2090-01-01T00:00:00Z') }),
  timeZone: fc.constantFrom(...zones),
  cycleRule: fc.constant(MONTHLY),
});

test('cycles follow one another without a gap, from any anchor in any zone', () => {
  fc.assert(
    fc.property(anchors, fc.nat(400), (anchor, cycle) => {
      const [one, next] = [cyclePeriod(anchor, cycle), cyclePeriod(anchor, cycle + 1)];
      expect(one.endMs).toBe(next.startMs);
      expect(one.startMs).toBeLessThan(one.endMs);
      expect(cyclePeriod(anchor, 0).startMs).toBe(anchor.startMs);
    }),
  );
});

test('the cycle found for an instant contains it', () => {
  fc.assert(
    fc.property(anchors, fc.integer({ min: 0, max: 3e12 }), (anchor, afterMs) => {
      const nowMs = anchor.startMs + afterMs;
      const period = periodAt(anchor, nowMs);
      expect(period !== undefined && period.startMs <= nowMs && nowMs < period.endMs).toBe(true);
    }),
  );
});

test('everything wrong with a subscription is listed at once, by path', () => {
  const draft = {
    accountId: 'a',
    planId: 'p',
    startMs: -1,
    timeZone: 'Mars/Olympus',
    ...MONTHLY_FROM_START,
    quantity: decimal(1n),
    fees: [],
  };
  const cycleRule = { unit: 'week', count: 0, anchor: { kind: 'calendar', weekday: 8 } } as const;
  expect(subscriptionViolations({ ...draft, cycleRule }).map(({ field }) => field)).toEqual([
    'start_time',
    'time_zone',
    'billing_cycle.count',
    'billing_cycle.calendar.weekday',
  ]);
  expect(subscriptionViolations({ ...draft, startMs: 0, timeZone: 'Europe/Berlin' })).toEqual([]);
});
