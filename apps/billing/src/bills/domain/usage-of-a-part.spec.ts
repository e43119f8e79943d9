import { decimal, moneyText } from '@billingrails/money';
import type { MeterId } from '@billingrails/ids';
import type { CycleRule } from '@billingrails/time';
import type { Fact, FactContent, Proration } from '../../subscriptions/domain/fact';
import {
  agreementOf,
  factAt,
  feeIdOf,
  feeOf,
  newLedger,
  perUnit,
  planOf,
  planRefOf,
} from './testing/ledger';

/** Calls at 1.00, of which a whole cycle costs 31.00 at least: in January 2024 a day of it is 1.00. */
const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };
const calls = (terms: Record<string, string>, unitAmount = '1') => ({
  ...perUnit(unitAmount),
  terms: Object.fromEntries(Object.entries(terms).map(([name, text]) => [name, decimal(text)])),
});
const planWith = (name: string, terms: Record<string, string>) =>
  planOf(name, feeOf(`${name} calls`, calls(terms), { meterProfile }));
const monthly: CycleRule = { unit: 'month', count: 1, anchor: { kind: 'calendar' } };
const at = (text: string) => Date.parse(text.length > 10 ? text : `${text}T00:00:00Z`);
const END = at('2024-02-01');

/** What January comes to, where so many calls are made on each date. */
function january(facts: readonly Fact[], used: Record<string, number>, start?: Started): string {
  const plans = [planWith('old', { minimum: '31' }), planWith('new', { minimum: '62' })];
  return billed(agreementOf(plans, ...facts), used, start);
}

interface Started {
  readonly date: string;
  readonly proration: Proration;
}

function billed(
  { subscription, facts, ...agreed }: ReturnType<typeof agreementOf>,
  used: Record<string, number>,
  { date, proration }: Started = { date: '2024-01-01', proration: 'second' },
): string {
  const startMs = at(date);
  const begun = facts.map((fact): Fact => {
    if (fact.kind !== 'subscribed') return fact;
    return { ...fact, effectiveMs: startMs, knownMs: startMs, proration };
  });
  const agreement = {
    ...agreed,
    subscription: { ...subscription, startMs, cycleRule: monthly },
    facts: begun,
  };
  const ledger = newLedger();
  ledger.bill(agreement, END, ({ period }) => {
    const inside = Object.entries(used).filter(
      ([on]) => at(on) >= period.startMs && at(on) < period.endMs,
    );
    const quantity = inside.reduce((sum, [, count]) => sum + count, 0);
    return { quantity: decimal(quantity), eventCount: BigInt(quantity) };
  });
  return moneyText({ currencyCode: 'USD', minorUnits: ledger.total() });
}

const on = (date: string, content: FactContent) => factAt(at(date), content);
const changed = (date: string, proration: Proration) =>
  on(date, { kind: 'plan_changed', ...planRefOf('new'), proration });
const corrected = (date: string, price: ReturnType<typeof calls>) =>
  on(date, { kind: 'price_corrected', feeId: feeIdOf('old calls'), price, note: '' });

test.each<[what: string, facts: Fact[], used: Record<string, number>, sum: string]>([
  ['a whole cycle', [], {}, '31.00'],
  ['cancelled, by days', [on('2024-01-11', cancelled('day'))], {}, '10.00'],
  ['cancelled, by its time', [on('2024-01-16T12:00:00Z', cancelled('second'))], {}, '15.50'],
  ['cancelled without a refund', [on('2024-01-11', cancelled('none'))], {}, '31.00'],
  ['another plan, by days: 15 of one, 16 of two', [changed('2024-01-16', 'day')], {}, '47.00'],
  ['usage follows a change at once', [changed('2024-01-16', 'none')], {}, '47.00'],
  [
    'a corrected price, with the same minimum',
    [corrected('2024-01-16', calls({ minimum: '31' }, '0.5'))],
    { '2024-01-02': 10, '2024-01-20': 10 },
    '31.00',
  ],
  [
    'more than the minimum in one part alone',
    [corrected('2024-01-16', calls({ minimum: '31' }, '0.5'))],
    { '2024-01-02': 20 },
    '36.00',
  ],
  [
    'an amount off, by parts',
    [
      corrected('2024-01-01T00:00:00.001Z', calls({ amountOff: '31' })),
      corrected('2024-01-16', calls({ amountOff: '31' }, '2')),
    ],
    { '2024-01-02': 40, '2024-01-20': 40 },
    '89.00', // 40 − 15 and 80 − 16
  ],
  [
    'at most so much in all parts together',
    [
      corrected('2024-01-01T00:00:00.001Z', calls({ maximum: '50' })),
      corrected('2024-01-16', calls({ maximum: '50' }, '2')),
    ],
    { '2024-01-02': 40, '2024-01-20': 40 },
    '50.00',
  ],
  [
    'a lower maximum than the part before came to',
    [
      corrected('2024-01-01T00:00:00.001Z', calls({ maximum: '50' })),
      corrected('2024-01-16', calls({ maximum: '30' })),
    ],
    { '2024-01-02': 40, '2024-01-20': 40 },
    '40.00',
  ],
  [
    'a pause in which nothing is charged',
    [
      on('2024-01-11', { kind: 'paused', billed: 'nothing', proration: 'day' }),
      on('2024-01-21', { kind: 'resumed', proration: 'day' }),
    ],
    {},
    '21.00',
  ],
  [
    'a change that the fee does not see',
    [on('2024-01-11', { kind: 'quantity_changed', quantity: decimal(2), proration: 'day' })],
    { '2024-01-02': 5, '2024-01-20': 5 },
    '31.00',
  ],
])('%s', (_what, facts, used, sum) => {
  expect(january(facts, used)).toBe(sum);
});

function cancelled(proration: Proration): FactContent {
  return { kind: 'cancelled', proration };
}

test.each<[start: string, proration: Proration, sum: string]>([
  ['2024-01-15', 'day', '17.00'],
  ['2024-01-15T12:00:00Z', 'day', '17.00'],
  ['2024-01-15T12:00:00Z', 'second', '16.50'],
  ['2024-01-15T12:00:00Z', 'none', '31.00'],
])('a first cycle from %s, charged by %s, costs %s at least', (date, proration, sum) => {
  expect(january([], {}, { date, proration })).toBe(sum);
});
