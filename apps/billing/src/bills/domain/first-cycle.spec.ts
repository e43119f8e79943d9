import { decimalText, moneyText } from '@billingrails/money';
import type { CycleRule } from '@billingrails/time';
import type { Fact, Proration } from '../../subscriptions/domain/fact';
import { agreementOf, feeOf, flat, newLedger, planOf } from './testing/ledger';

/** First cycles that are shorter than a whole one. Figures of public test suites have their system in front. */
const usd = (minorUnits: bigint) => moneyText({ currencyCode: 'USD', minorUnits });
const noUsage = () => ({ eventCount: 0n });
const monthly: CycleRule = { unit: 'month', count: 1, anchor: { kind: 'calendar' } };
const weekly: CycleRule = { unit: 'week', count: 1, anchor: { kind: 'calendar' } };

/** What is billed in advance for the first cycle, a line each. */
function firstLines(
  start: string,
  cycleRule: CycleRule,
  proration: Proration,
  amounts: readonly string[],
): string[] {
  const startMs = Date.parse(start);
  const fees = amounts.map((amount) => feeOf(amount, flat(amount), { inAdvance: true }));
  const agreement = agreementOf([planOf('plan', ...fees)]);
  const [subscribed] = agreement.facts;
  if (subscribed?.kind !== 'subscribed') throw new Error('An agreement begins with its terms.');
  const fact: Fact = { ...subscribed, effectiveMs: startMs, knownMs: startMs, proration };
  const ledger = newLedger();
  const entries = ledger.bill(
    {
      ...agreement,
      subscription: { ...agreement.subscription, startMs, cycleRule },
      facts: [fact],
    },
    startMs,
    noUsage,
  );
  return entries.flatMap(({ lines }) => lines.map(({ minorUnits }) => usd(minorUnits)));
}

test.each([
  ['lago', '2025-12-10T12:12:00Z', monthly, ['10', '15'], ['7.10', '10.65']],
  ['lago', '2022-03-18T00:00:00Z', monthly, ['1'], ['0.45']],
  ['lago', '2022-06-23T00:00:00Z', weekly, ['1'], ['0.57']],
  ['flexprice', '2024-03-15T00:00:00Z', monthly, ['20'], ['10.97']],
] as const)('%s: from %s by days', (_system, start, rule, amounts, lines) => {
  expect(firstLines(start, rule, 'day', amounts)).toEqual(lines);
});

test('a short first cycle is charged by its time, or like a whole one, where that is said', () => {
  const start = '2024-03-16T12:00:00Z';
  expect(firstLines(start, monthly, 'second', ['31'])).toEqual(['15.50']);
  expect(firstLines(start, monthly, 'none', ['31'])).toEqual(['31.00']);
  expect(firstLines('2024-03-01T00:00:00Z', monthly, 'day', ['31'])).toEqual(['31.00']);
});

test('kill bill: short first, whole and short last cycles come to 1.880184332 prices', () => {
  const rule: CycleRule = {
    unit: 'month',
    count: 1,
    anchor: { kind: 'calendar', dayOfMonth: 15 },
  };
  const startMs = Date.UTC(2011, 0, 1);
  const agreement = agreementOf([planOf('plan', feeOf('fee', flat('1')))]);
  const facts: Fact[] = [
    ...agreement.facts.map((fact): Fact =>
      fact.kind === 'subscribed'
        ? { ...fact, effectiveMs: startMs, knownMs: startMs, proration: 'day' }
        : fact,
    ),
    {
      kind: 'cancelled',
      proration: 'day',
      effectiveMs: Date.UTC(2011, 1, 27),
      knownMs: Date.UTC(2011, 1, 26),
    },
  ];
  const subscription = { ...agreement.subscription, startMs, cycleRule: rule };
  const entries = newLedger().bill(
    { ...agreement, subscription, facts },
    Date.UTC(2011, 2, 1),
    noUsage,
  );
  const exact = entries.flatMap(({ charge }) =>
    charge.parts.map(({ rated }) => decimalText(rated.amount)),
  );
  expect(exact).toHaveLength(3);
  expect(entries.map(({ lines }) => lines.map(({ minorUnits }) => usd(minorUnits)))).toEqual([
    ['0.45'],
    ['1.00'],
    ['0.43'],
  ]);
});
