import { derivedId, type AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import * as fc from 'fast-check';
import type { Fact, FactContent } from './fact';
import { happenedBetween } from './happened';
import {
  MONTHLY_FROM_START,
  NOT_BILLED,
  type BilledSoFar,
  type Subscription,
} from './subscription';

const at = (text: string) => Date.parse(`2024-${text}T00:00:00Z`);
const day = (ms: number) => new Date(ms).toISOString().slice(5, 10);

function fact(content: FactContent, effective: string, known = '01-01'): Fact {
  return { ...content, effectiveMs: at(effective), knownMs: at(known) };
}

const quantity = (effective: string, known?: string) =>
  fact({ kind: 'quantity_changed', quantity: decimal(2n), proration: 'day' }, effective, known);
const cancelled = (effective: string, known?: string) =>
  fact({ kind: 'cancelled', proration: 'day' }, effective, known);

function subscription(changes: readonly Fact[]): Subscription {
  return {
    ...{ id: derivedId('sub', 'one'), accountId: 'acct_1' as AccountId },
    ...{ planId: derivedId('plan', 'one'), planVersion: 1, currencyCode: 'USD' },
    ...{ startMs: at('01-01'), createMs: at('01-01'), timeZone: 'UTC', ...MONTHLY_FROM_START },
    ...{ quantity: decimal(1n), changes, fees: [], cycle: 0, billed: NOT_BILLED },
  };
}

/** Bills a subscription at each date, with as many facts as were known by then, and tells what happened. */
function toldOver(changes: readonly Fact[], dates: readonly string[]): string[] {
  let billed: BilledSoFar = NOT_BILLED;
  return dates.flatMap((date) => {
    const known = changes.filter(({ knownMs }) => knownMs <= at(date));
    const after = { untilMs: at(date), changes: known.length, bills: billed.bills + 1 };
    const told = happenedBetween({ ...subscription(known), billed }, after);
    billed = after;
    return told.map(({ kind, ms, occasion }) => `${kind} ${day(ms)} #${occasion}`);
  });
}

test.each<[what: string, changes: readonly Fact[], told: readonly string[]]>([
  ['nothing of what holds from the start', [quantity('01-01')], []],
  ['a change when it takes effect', [quantity('02-10')], ['changed 02-10 #1']],
  [
    'a change of the past when it becomes known',
    [quantity('01-15', '02-20')],
    ['changed 02-20 #1'],
  ],
  [
    'changes that take effect together once, by the last of them',
    [quantity('02-10'), quantity('02-10')],
    ['changed 02-10 #2'],
  ],
  [
    'nothing of what was taken back',
    [quantity('03-10'), fact({ kind: 'taken_back', change: 1 }, '02-05', '02-05')],
    [],
  ],
  [
    'a pause and its end',
    [
      fact({ kind: 'paused', billed: 'nothing', proration: 'day' }, '02-05'),
      fact({ kind: 'resumed', proration: 'day' }, '02-25'),
    ],
    ['paused 02-05 #1', 'resumed 02-25 #2'],
  ],
  [
    'a trial that goes over into the subscription',
    [
      fact({ kind: 'trial_started', billed: 'nothing' }, '01-01'),
      fact({ kind: 'trial_ended', converts: true, proration: 'day' }, '02-01'),
    ],
    ['trial_ended 02-01 #2'],
  ],
  ['the end, and nothing after it', [cancelled('02-10'), quantity('02-20')], ['ended 02-10 #1']],
  [
    'the end with a trial',
    [fact({ kind: 'trial_ended', converts: false, proration: 'day' }, '02-10')],
    ['ended 02-10 #1'],
  ],
])('of a subscription is told %s, whatever bills there are', (_what, changes, told) => {
  expect(toldOver(changes, ['03-31'])).toEqual(told);
  expect(toldOver(changes, ['01-31', '02-10', '02-28', '03-31'])).toEqual(told);
  expect(toldOver(changes, ['02-01', '02-01', '02-25', '02-25', '03-31', '03-31'])).toEqual(told);
});

test('terms that are renewed are told when they begin', () => {
  const month = { unit: 'months', count: 1 } as const;
  const early = { kind: 'not_before_end' } as const;
  const term = { first: month, renewal: month, noticeDays: 0, early };
  const changes = [fact({ kind: 'term_agreed', term }, '01-01')];
  const told = ['02-01', '03-01'].map((date) => `renewed ${date} #${at(date)}`);
  expect(toldOver(changes, ['03-31'])).toEqual(told);
  expect(toldOver(changes, ['01-31', '02-01', '02-10', '03-31'])).toEqual(told);
});

test('whatever takes effect when and becomes known when, bills of any number tell each of it once', () => {
  const date = fc
    .integer({ min: 2, max: 28 })
    .map((number) => `02-${`${number}`.padStart(2, '0')}`);
  const changes = fc.uniqueArray(fc.tuple(date, date), { selector: ([effective]) => effective });
  fc.assert(
    fc.property(changes, fc.array(date), (drafts, dates) => {
      const facts = drafts
        .map(([effective, known]) => quantity(effective, known))
        .sort((a, b) => a.knownMs - b.knownMs);
      const told = toldOver(facts, [...dates.sort(), '03-31']);
      // What becomes known on one day of the past is one change.
      const expected = new Set(facts.map((each) => Math.max(each.effectiveMs, each.knownMs)));
      expect(new Set(told.map((text) => text.slice(8, 13)))).toEqual(
        new Set([...expected].map(day)),
      );
      expect(new Set(told).size).toBe(told.length);
    }),
  );
});
