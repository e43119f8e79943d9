import type { AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { cancelled as cancelledBy, endingFor, statusAt, type CancelTiming } from './cancellation';
import {
  billedPeriod,
  MONTHLY_FROM_START,
  NOT_BILLED,
  periodAt,
  type Subscription,
} from './subscription';

function cancelled(of: Subscription, timing: CancelTiming, nowMs: number): Subscription {
  const ending = endingFor(of, timing, nowMs);
  if (ending === undefined) throw new Error('It is in no term.');
  return cancelledBy(of, ending, nowMs);
}

const at = (text: string): number => Date.parse(text);
const iso = (ms: number | undefined) => ms && new Date(ms).toISOString().replace('.000', '');

const subscription: Subscription = {
  id: 'sub_1',
  accountId: 'acct_1' as AccountId,
  planId: 'plan_1',
  planVersion: 1,
  startMs: at('2024-01-31T00:00:00Z'),
  timeZone: 'UTC',
  currencyCode: 'USD',
  fees: [],
  quantity: decimal(1n),
  changes: [],
  ...MONTHLY_FROM_START,
  billed: NOT_BILLED,
  cycle: 0,
  createMs: at('2024-01-01T00:00:00Z'),
};

test.each([
  ['now', '2024-03-10T12:00:00Z', '2024-03-10T12:00:00Z'],
  ['period_end', '2024-03-10T12:00:00Z', '2024-03-31T00:00:00Z'],
  // A cycle's first instant is in that cycle.
  ['now', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
  ['period_end', '2024-02-29T00:00:00Z', '2024-03-31T00:00:00Z'],
  // Before it starts.
  ['now', '2024-01-01T00:00:00Z', '2024-01-31T00:00:00Z'],
  ['period_end', '2024-01-01T00:00:00Z', '2024-02-29T00:00:00Z'],
] as const)('cancelled %s at %s it ends at %s', (timing, now, end) => {
  const { endMs, cancelMs } = cancelled(subscription, timing, at(now));
  expect([iso(endMs), iso(cancelMs)]).toEqual([end, now]);
});

test('cancelled again it never ends later, and an earlier end takes the place of a later one', () => {
  const later = cancelled(subscription, 'period_end', at('2024-02-01T00:00:00Z'));
  expect(cancelled(later, 'period_end', at('2024-02-10T00:00:00Z'))).toBe(later);
  expect(cancelled(later, 'now', at('2024-05-01T00:00:00Z'))).toBe(later);
  const earlier = cancelled(later, 'now', at('2024-02-10T00:00:00Z'));
  expect(iso(earlier.endMs)).toBe('2024-02-10T00:00:00Z');
  expect(iso(earlier.cancelMs)).toBe('2024-02-10T00:00:00Z');
});

test('it does not end inside a cycle that is closed', () => {
  const closed = { ...subscription, cycle: 1 };
  const { endMs } = cancelled(closed, 'now', at('2024-02-28T23:59:59Z'));
  expect(iso(endMs)).toBe('2024-02-29T00:00:00Z');
});

test('the cycle that holds the end is billed up to it, and none after it', () => {
  const ended = cancelled(subscription, 'now', at('2024-03-10T12:00:00Z'));
  expect(iso(billedPeriod(ended, 0)?.endMs)).toBe('2024-02-29T00:00:00Z');
  expect(iso(billedPeriod(ended, 1)?.endMs)).toBe('2024-03-10T12:00:00Z');
  expect(billedPeriod(ended, 2)).toBeUndefined();
  const neverStarted = cancelled(subscription, 'now', at('2024-01-01T00:00:00Z'));
  expect(billedPeriod(neverStarted, 0)).toBeUndefined();
  const atBoundary = cancelled(subscription, 'now', at('2024-02-29T00:00:00Z'));
  expect(iso(billedPeriod(atBoundary, 0)?.endMs)).toBe('2024-02-29T00:00:00Z');
  expect(billedPeriod(atBoundary, 1)).toBeUndefined();
});

test.each([
  ['2024-01-30T00:00:00Z', 'scheduled', undefined],
  ['2024-01-31T00:00:00Z', 'active', '2024-02-29T00:00:00Z'],
  ['2024-03-10T11:59:59Z', 'active', '2024-03-10T12:00:00Z'],
  ['2024-03-10T12:00:00Z', 'cancelled', undefined],
])('at %s it is %s, in a cycle that is billed up to %s', (now, status, end) => {
  const ended = cancelled(subscription, 'now', at('2024-03-10T12:00:00Z'));
  expect(statusAt(ended, at(now))).toBe(status);
  expect(iso(periodAt(ended, at(now))?.endMs)).toBe(end);
});

test('cancelled before its start it is cancelled at once', () => {
  const ended = cancelled(subscription, 'now', at('2024-01-01T00:00:00Z'));
  expect(statusAt(ended, at('2024-01-01T00:00:00Z'))).toBe('cancelled');
});
