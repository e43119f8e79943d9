import type { AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { cancelled, endingFor, type CancelTiming } from '../cancellation';
import { MONTHLY_FROM_START, NOT_BILLED, type Subscription } from '../subscription';
import { takenBack } from '../take-back';
import type { MinimumTerm, TermLength } from './minimum-term';
import { withTerm } from './agree-term';
import { renewalsUntil, termAt } from './running-term';

const at = (text: string): number => Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text);
const iso = (ms: number | undefined) => ms && new Date(ms).toISOString().slice(0, 10);

const FREE = { kind: 'free' } as const;
const months = (count: number): TermLength => ({ unit: 'months', count });
const cycles = (count: number): TermLength => ({ unit: 'cycles', count });
const until = (text: string) => ({ unit: 'until', ms: at(text) }) as const;

function agreedFor(start: string, term: Partial<MinimumTerm>): Subscription {
  const startMs = at(start);
  const agreed: MinimumTerm = {
    ...{ first: months(12), renewal: months(12), noticeDays: 0 },
    early: { kind: 'not_before_end' },
    ...term,
  };
  return {
    ...{ id: 'sub_1', accountId: 'acct_1' as AccountId, planId: 'plan_1', planVersion: 1 },
    ...{ startMs, timeZone: 'UTC', currencyCode: 'USD', fees: [], quantity: decimal(1n) },
    changes: [{ kind: 'term_agreed', term: agreed, effectiveMs: startMs, knownMs: startMs }],
    ...MONTHLY_FROM_START,
    ...{ billed: NOT_BILLED, cycle: 0, createMs: startMs },
  };
}

test.each<[string, string, Partial<MinimumTerm>, string, string]>([
  ['a year', '2024-03-15', {}, '2024-06-01', '2024-03-15 2025-03-15'],
  ['a year, renewed', '2024-03-15', {}, '2025-03-15', '2025-03-15 2026-03-15'],
  ['before its start', '2024-03-15', {}, '2024-01-01', '2024-03-15 2025-03-15'],
  // The 31st comes back after a short month, over however many terms.
  [
    'months of the 31st',
    '2024-01-31',
    { first: months(1), renewal: months(1) },
    '2024-03-01',
    '2024-02-29 2024-03-31',
  ],
  [
    'months after others',
    '2024-01-31',
    { first: months(3), renewal: months(1) },
    '2024-05-15',
    '2024-04-30 2024-05-31',
  ],
  [
    'cycles',
    '2024-01-31',
    { first: cycles(2), renewal: cycles(3) },
    '2024-03-30',
    '2024-01-31 2024-03-31',
  ],
  [
    'cycles, renewed',
    '2024-01-31',
    { first: cycles(2), renewal: cycles(3) },
    '2024-09-01',
    '2024-06-30 2024-09-30',
  ],
  [
    'until an instant',
    '2024-01-01',
    { first: until('2024-02-10'), renewal: cycles(1) },
    '2024-02-09',
    '2024-01-01 2024-02-10',
  ],
  // The cycle that it begins in is the first.
  [
    'cycles after an instant',
    '2024-01-01',
    { first: until('2024-02-10'), renewal: cycles(2) },
    '2024-02-10',
    '2024-02-10 2024-04-01',
  ],
  [
    'months after an instant',
    '2024-01-01',
    { first: until('2024-02-10'), renewal: months(2) },
    '2024-07-01',
    '2024-06-10 2024-08-10',
  ],
  [
    'months after cycles',
    '2024-01-31',
    { first: cycles(1), renewal: months(1) },
    '2024-03-29',
    '2024-03-29 2024-04-29',
  ],
])('terms: %s, from %s by %j, at %s: %s', (_name, start, term, now, expected) => {
  const running = termAt(agreedFor(start, term), at(now));
  expect(`${iso(running?.startMs)} ${iso(running?.endMs)}`).toBe(expected);
});

test('a term that ends has none after it, and nothing is renewed', () => {
  const { renewal: _, ...ends } = { first: months(12), renewal: months(12) };
  const subscription = agreedFor('2024-01-01', {});
  const [fact] = subscription.changes;
  if (fact?.kind !== 'term_agreed') throw new Error('It was agreed.');
  const { renewal: __, ...term } = fact.term;
  const ending = { ...subscription, changes: [{ ...fact, term: { ...term, ...ends } }] };
  expect(termAt(ending, at('2024-12-31'))?.noticeMs).toBeUndefined();
  expect(termAt(ending, at('2025-01-01'))).toBeUndefined();
  expect(renewalsUntil(ending, at('2030-01-01'))).toEqual([]);
});

test('terms follow each other without a gap', () => {
  const subscription = agreedFor('2024-01-31', { first: cycles(2), renewal: months(5) });
  const terms = renewalsUntil(subscription, at('2034-01-01'));
  expect(terms.length).toBe(24);
  let endMs = termAt(subscription, subscription.startMs)?.endMs;
  for (const term of terms) {
    expect(term.startMs).toBe(endMs);
    expect(termAt(subscription, term.endMs - 1)).toMatchObject(term);
    endMs = term.endMs;
  }
});

test.each<[string, Partial<MinimumTerm>, string, string]>([
  ['months from when it is agreed on', { first: months(6) }, '2024-02-10', '2024-08-10'],
  ['cycles, the one under way the first', { first: cycles(2) }, '2024-02-10', '2024-03-31'],
  ['an instant', { first: until('2024-12-24') }, '2024-02-10', '2024-12-24'],
])('agreed on while it runs, for %s', (_name, term, now, end) => {
  const subscription = agreedFor('2024-01-31', { first: months(1), renewal: months(1) });
  const agreed = { ...{ renewal: months(3), noticeDays: 0, early: FREE }, ...term } as MinimumTerm;
  const asked = { term: agreed, fromMs: at(now), proration: 'day' } as const;
  const changed = withTerm(subscription, asked, at(now));
  const held = termAt(changed, at(now));
  expect([iso(held?.startMs), iso(held?.endMs)]).toEqual([now, end]);
  // Nothing of the months that it was agreed for before renews any more.
  const renewed = renewalsUntil(changed, at('2025-01-01')).map(({ startMs }) => iso(startMs));
  expect(renewed[0]).toBe(end);
  expect(endingFor(changed, 'term_end', at(now))?.endMs).toBe(held?.endMs);
});

test('the end that came with a term goes with it, and one that was asked for stays', () => {
  const subscription = agreedFor('2024-01-31', {});
  const [fact] = subscription.changes;
  if (fact?.kind !== 'term_agreed') throw new Error('It was agreed.');
  const { renewal: _, ...ends } = fact.term;
  const endMs = at('2025-01-31');
  const end = { kind: 'cancelled', proration: 'day', effectiveMs: endMs, knownMs: 0 } as const;
  const ending = { ...subscription, changes: [{ ...fact, term: ends }, end], endMs };
  const fromMs = at('2024-06-01');
  const asked = { term: { ...ends, first: months(12) }, fromMs, proration: 'day' } as const;
  expect(iso(withTerm(ending, asked, fromMs).endMs)).toBe('2025-06-01');
  const early = { ...end, effectiveMs: at('2024-09-01') };
  const cut = { ...ending, changes: [...ending.changes, early], endMs: early.effectiveMs };
  expect(iso(withTerm(cut, asked, fromMs).endMs)).toBe('2024-09-01');
});

test.each<[CancelTiming | string, string, Partial<MinimumTerm>, string, string]>([
  ['now', '2024-06-01', {}, '2025-03-15', ''],
  ['period_end', '2024-06-01', {}, '2025-03-15', ''],
  ['term_end', '2024-06-01', {}, '2025-03-15', ''],
  ['2025-03-15', '2024-06-01', {}, '2025-03-15', ''],
  ['2025-03-16', '2024-06-01', {}, '2026-03-15', ''],
  ['now', '2024-01-01', {}, '2025-03-15', ''],
  // The last instant of the notice is in time.
  ['term_end', '2025-02-13', { noticeDays: 30 }, '2025-03-15', ''],
  ['term_end', '2025-02-13T00:00:00.001Z', { noticeDays: 30 }, '2026-03-15', ''],
  ['now', '2025-03-14', { noticeDays: 30 }, '2026-03-15', ''],
  // A notice that is longer than the term is given when it begins.
  ['term_end', '2025-03-15', { noticeDays: 400 }, '2026-03-15', ''],
  ['now', '2024-06-01', { early: FREE }, '2024-06-01', '2025-03-15'],
  ['period_end', '2024-06-01', { early: FREE }, '2024-06-15', '2025-03-15'],
  ['term_end', '2024-06-01', { early: FREE }, '2025-03-15', ''],
  ['2025-03-15', '2025-03-01', { early: FREE, noticeDays: 30 }, '2025-03-15', '2026-03-15'],
])(
  'cancelled %s at %s under %j it ends %s, and before the term of %s',
  (timing, now, term, end, early) => {
    const subscription = agreedFor('2024-03-15', term);
    const isNamed = timing === 'now' || timing === 'period_end' || timing === 'term_end';
    const asked = typeof timing === 'string' && !isNamed ? { ms: at(timing) } : timing;
    const ending = endingFor(subscription, asked as CancelTiming, at(now));
    expect([iso(ending?.endMs), iso(ending?.early?.termEndMs) ?? '']).toEqual([end, early]);
  },
);

test('a notice that was given counts: ended early afterwards, nothing is owed beyond that end', () => {
  const subscription = agreedFor('2024-03-15', { noticeDays: 30, early: FREE });
  const inTime = endingFor(subscription, 'term_end', at('2025-01-01'));
  if (inTime === undefined) throw new Error('It has a term.');
  const given = cancelled(subscription, inTime, at('2025-01-01'));
  const ending = endingFor(given, 'now', at('2025-03-01'));
  expect([iso(ending?.endMs), iso(ending?.early?.termEndMs)]).toEqual(['2025-03-01', '2025-03-15']);
});

test('an early end that is charged for ends no term: another one is early, too', () => {
  const subscription = agreedFor('2024-03-15', { early: { kind: 'remaining_fees' } });
  const ending = endingFor(subscription, { ms: at('2024-09-01') }, at('2024-06-01'));
  if (ending === undefined) throw new Error('It ends.');
  const fee = { chargeId: 'chg_1', amount: decimal('10') } as const;
  const given = cancelled(subscription, { ...ending, fee }, at('2024-06-01'));
  const again = ['2024-08-01', '2024-10-01'].map((date) => {
    return endingFor(given, { ms: at(date) }, at('2024-07-01'));
  });
  expect(again.map((each) => iso(each?.early?.termEndMs))).toEqual(['2025-03-15', '2025-03-15']);
});

test('without a term there is no end of it', () => {
  const { changes: _, ...subscription } = agreedFor('2024-03-15', {});
  expect(endingFor({ ...subscription, changes: [] }, 'term_end', at('2024-06-01'))).toBeUndefined();
});

test('an end that was taken back ends no term: a later cancellation ends with the term that holds then', () => {
  const subscription = agreedFor('2024-03-15', {});
  const notBefore = endingFor(subscription, 'now', at('2024-06-01'));
  const ended = cancelled(subscription, notBefore ?? { endMs: 0 }, at('2024-06-01'));
  expect(iso(ended.endMs)).toBe('2025-03-15');
  const goesOn = takenBack(ended, ended.changes.length, at('2024-07-01'));
  expect(goesOn.endMs).toBeUndefined();
  expect(iso(endingFor(goesOn, 'now', at('2025-10-01'))?.endMs)).toBe('2026-03-15');
});
