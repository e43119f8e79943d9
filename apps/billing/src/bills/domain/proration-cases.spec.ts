import { decimal, moneyText } from '@billingrails/money';
import type { CycleRule } from '@billingrails/time';
import type { Fee } from '../../catalogue/domain/fee';
import type { Fact, FactContent } from '../../subscriptions/domain/fact';
import {
  agreementOf,
  factAt,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planOf,
  planRefOf,
  type Ledger,
} from './testing/ledger';

/**
 * Worked cases of the public test suites of other billing systems, each in a cycle of the length that it names there:
 * the system stands in front. Credits and charges are lines of their own.
 */
const usd = (minorUnits: bigint) => moneyText({ currencyCode: 'USD', minorUnits });
const at = (date: string) => Date.parse(`${date}T00:00:00Z`);
const noUsage = () => ({ eventCount: 0n });

const thirtyDays: CycleRule = { unit: 'day', count: 30, anchor: { kind: 'start' } };
const monthly: CycleRule = { unit: 'month', count: 1, anchor: { kind: 'start' } };
const onDay = (dayOfMonth: number): CycleRule => {
  return { unit: 'month', count: 1, anchor: { kind: 'calendar', dayOfMonth } };
};
const quarterly: CycleRule = { unit: 'quarter', count: 1, anchor: { kind: 'calendar' } };

/** A subscription from a date on, by days also in a short first cycle. */
function subscribed(start: string, cycleRule: CycleRule, plans: readonly Fee[][], facts: Fact[]) {
  const all = plans.map((fees, index) => planOf(`plan ${index}`, ...fees));
  const agreement = agreementOf(all, ...facts);
  const startMs = at(start);
  const begun = agreement.facts.map((fact): Fact => {
    if (fact.kind !== 'subscribed') return fact;
    return { ...fact, effectiveMs: startMs, knownMs: startMs, proration: 'day' };
  });
  const subscription = { ...agreement.subscription, startMs, cycleRule };
  return { ...agreement, subscription, facts: begun };
}

type Agreed = ReturnType<typeof subscribed>;

/** Lines of what is due by a date. */
function linesBy(ledger: Ledger, agreement: Agreed, date: string): string[] {
  return ledger
    .bill(agreement, at(date), noUsage)
    .flatMap(({ charge, lines }) =>
      lines.map(({ minorUnits }) => `${charge.description} ${usd(minorUnits)}`),
    );
}

const advance = (name: string, amount: string) => feeOf(name, flat(amount), { inAdvance: true });
const items = (name: string, unitAmount: string) =>
  feeOf(name, perUnit(unitAmount), { inAdvance: true, byQuantity: true });
const changedOn = (date: string): Fact =>
  factAt(at(date), { kind: 'plan_changed', ...planRefOf('plan 1'), proration: 'day' });
const cancelledOn = (date: string): Fact =>
  factAt(at(date), { kind: 'cancelled', proration: 'day' });
const quantityOn = (date: string, quantity: string): Fact =>
  factAt(at(date), { kind: 'quantity_changed', quantity: decimal(quantity), proration: 'day' });

interface Case {
  readonly rule: CycleRule;
  readonly from: string;
  readonly before: Fee[];
  readonly after: Fee[];
  readonly on: string;
  readonly lines: readonly string[];
}

test.each<[system: string, Case]>([
  [
    'flexprice: 10 to 20 on the 15th of March',
    {
      ...{ rule: monthly, from: '2024-03-01', on: '2024-03-15' },
      ...{ before: [advance('old', '10')], after: [advance('new', '20')] },
      lines: ['old -5.48', 'new 10.97'],
    },
  ],
  [
    'flexprice: an item of 40 is removed on the 15th of March',
    {
      ...{ rule: monthly, from: '2024-03-01', on: '2024-03-15' },
      ...{ before: [advance('item', '40')], after: [], lines: ['item -21.94'] },
    },
  ],
  [
    'meteroid: 100 to 200 in the middle of 30 days',
    {
      ...{ rule: thirtyDays, from: '2025-01-01', on: '2025-01-16' },
      ...{ before: [advance('old', '100')], after: [advance('new', '200')] },
      lines: ['old -50.00', 'new 100.00'],
    },
  ],
  [
    'meteroid: items that stay, go and come',
    {
      ...{ rule: thirtyDays, from: '2025-01-01', on: '2025-01-16' },
      before: [advance('base', '100'), advance('y', '30')],
      after: [advance('new base', '200'), advance('x', '50')],
      lines: ['base -50.00', 'y -15.00', 'new base 100.00', 'x 25.00'],
    },
  ],
  [
    'meteroid: three of 100 that come in the middle of 30 days',
    {
      ...{ rule: thirtyDays, from: '2025-01-01', on: '2025-01-16' },
      ...{ before: [], after: [items('items', '100')], lines: ['items 150.00'] },
    },
  ],
])('%s', (_system, { rule, from, before, after, on, lines }) => {
  const facts = [...(lines[0]?.startsWith('items') ? [quantityOn(on, '3')] : []), changedOn(on)];
  const ledger = newLedger();
  linesBy(ledger, subscribed(from, rule, [before, after], []), from);
  expect(linesBy(ledger, subscribed(from, rule, [before, after], facts), on)).toEqual(lines);
});

test.each([
  ['2011-02-01', 13, '2011-04-13', '2011-04-10', ['0.387097', '1.000000', '1.000000'], '2.387097'],
  ['2011-01-01', 15, '2011-02-27', '2011-02-26', ['0.451613', '1.000000', '0.428571'], '1.880184'],
])(
  'kill bill: from %s, anchored to day %d, until %s: what is billed in advance by %s',
  (from, day, until, by, amounts, sum) => {
    // Of 10,000 cents show six digits of the share.
    const fee = advance('share', '10000');
    const agreement = subscribed(from, onDay(day), [[fee]], [cancelledOn(until)]);
    const ledger = newLedger();
    const lines = linesBy(ledger, agreement, by);
    const share = (text: string) =>
      decimal(text.replace('share ', '')).divide(decimal(10_000n), 6, 'half');
    expect(lines.map(share)).toEqual(amounts.map((amount) => decimal(amount)));
    expect(share(usd(ledger.total()))).toEqual(decimal(sum));
  },
);

test('flexprice: what has been credited whole is credited no more, whatever ends after it', () => {
  const ledger = newLedger();
  const plans = [[advance('item', '200')], []];
  const billed = (...facts: Fact[]) =>
    linesBy(ledger, subscribed('2024-03-01', monthly, plans, facts), '2024-03-01');
  expect(billed()).toEqual(['item 200.00']);
  expect(billed(changedOn('2024-03-01'))).toEqual(['item -200.00']);
  expect(billed(changedOn('2024-03-01'), cancelledOn('2024-03-01'))).toEqual([]);
  expect(usd(ledger.total())).toBe('0.00');
});

test('lago ends with the day that it is cancelled on, 32 of 91 days: here that day is not charged, 31 of 91', () => {
  const fee = feeOf('quarter', flat('910'));
  const cancelled: FactContent = { kind: 'cancelled', proration: 'day' };
  const facts = [factAt(Date.parse('2024-06-20T10:00:00Z'), cancelled)];
  const agreement = subscribed('2024-05-20', quarterly, [[fee]], facts);
  expect(linesBy(newLedger(), agreement, '2024-07-01')).toEqual(['quarter 310.00']);
});
