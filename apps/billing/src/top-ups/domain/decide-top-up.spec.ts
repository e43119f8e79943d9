import { decimal, decimalText } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { decideTopUp } from './decide-top-up';
import { grantedOf } from './top-up';
import { monthAt, termsViolations, type TopUpRule, type TopUpTerms } from './top-up-rule';

const TERMS: TopUpTerms = {
  ...{ threshold: decimal(100n), amount: decimal(50n), price: decimal('5.00') },
  ...{ monthlyCountMax: 10, priority: 1, description: 'Credits' },
};
type Rule = Pick<TopUpRule, 'terms' | 'timeZone' | 'month' | 'pause'>;
const ruleOf = (terms: Partial<TopUpTerms> = {}, rule: Partial<Rule> = {}): Rule => ({
  ...{ terms: { ...TERMS, ...terms }, timeZone: 'Europe/Berlin', ...rule },
});
// In Berlin it is March already.
const NOW = Date.parse('2024-02-29T23:30:00Z');
const MARCH = Date.parse('2024-02-29T23:00:00Z');
const APRIL = Date.parse('2024-03-31T22:00:00Z');
const february = { startMs: Date.parse('2024-01-31T23:00:00Z'), count: 10, price: decimal(500n) };

test.each<[string, string, Rule, string]>([
  ['what is at the threshold is enough', '100', ruleOf(), 'none'],
  ['what is just below is bought for', '99.99', ruleOf(), '50 for 5'],
  ['at least the amount is bought', '90', ruleOf(), '50 for 5'],
  ['as often as it takes to have the threshold again', '-10', ruleOf(), '150 for 15'],
  ['exactly up to the threshold', '0', ruleOf(), '100 for 10'],
  ['the month before does not count', '50', ruleOf({}, { month: february }), '50 for 5'],
  [
    'no more than a month is bought for',
    '-1000',
    ruleOf({ monthlyPriceMax: decimal(12n) }),
    '100 for 10',
  ],
  [
    'when nothing more may be bought for it pauses until the next month',
    '0',
    ruleOf(
      { monthlyPriceMax: decimal(12n) },
      { month: { startMs: MARCH, count: 1, price: decimal(10n) } },
    ),
    `monthly_price until ${APRIL}`,
  ],
  [
    'when it has bought as often as it may it pauses until the next month',
    '0',
    ruleOf({ monthlyCountMax: 2 }, { month: { startMs: MARCH, count: 2, price: decimal(10n) } }),
    `monthly_count until ${APRIL}`,
  ],
  ['paused, it does nothing', '0', ruleOf({}, { pause: { reason: 'requested' } }), 'none'],
  [
    'a pause of a month that is over is none',
    '60',
    ruleOf({}, { pause: { reason: 'monthly_count', resumeMs: MARCH } }),
    '50 for 5',
  ],
  ['for nothing it buys, too', '0', ruleOf({ price: decimal(0n) }), '100 for 0'],
])('%s', (_name, available, rule, expected) => {
  const decided = decideTopUp(rule, decimal(available), NOW);
  const told = {
    none: () => 'none',
    buy: () =>
      decided.kind === 'buy'
        ? `${decimalText(decided.amount)} for ${decimalText(decided.price)}`
        : '',
    pause: () =>
      decided.kind === 'pause' && 'resumeMs' in decided.pause
        ? `${decided.pause.reason} until ${decided.pause.resumeMs}`
        : '',
  }[decided.kind]();
  expect(told).toBe(expected);
});

test('while what it bought is not paid it buys nothing', () => {
  const rule = { ...ruleOf(), waitingId: 'tup_1' as const };
  expect(decideTopUp(rule, decimal(0n), NOW)).toEqual({ kind: 'none' });
});

test.each([
  ['all', 120n, 0n, 'USD', '50'],
  ['what was not taken back', 120n, 30n, 'USD', '37.5'],
  ['rounded down to the minor digits of money', 90n, 30n, 'USD', '33.33'],
  ['and of other credits to 18 digits', 90n, 30n, undefined, '33.333333333333333333'],
  ['nothing', 120n, 120n, 'USD', '0'],
  ['all of what cost nothing', 0n, 0n, 'USD', '50'],
])('once its invoice is settled it is granted: %s', (_name, total, credited, currency, granted) => {
  const amount = grantedOf(decimal(50n), { total, credited }, currency);
  expect(decimalText(amount)).toBe(granted);
});

test('what cannot be agreed is named by its field', () => {
  const wrong = { amount: decimal(0n), price: decimal('5.001'), monthlyPriceMax: decimal(1n) };
  expect(termsViolations({ ...TERMS, ...wrong }, 'USD').map(({ field }) => field)).toEqual([
    ...['terms.amount', 'terms.price', 'terms.monthly_price_maximum'],
  ]);
  expect(termsViolations(TERMS, 'USD')).toEqual([]);
});

test('whatever is used, a rule buys until the threshold is there, and in no month more than it may', () => {
  const uses = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });
  const limits = fc.record({ count: fc.integer({ min: 1, max: 5 }), price: fc.nat({ max: 60 }) });
  fc.assert(
    fc.property(uses, limits, (amounts, { count, price }) => {
      let rule = ruleOf({ monthlyCountMax: count, monthlyPriceMax: decimal(5 + price) });
      let left = 300;
      for (const amount of amounts) {
        left -= amount;
        const decided = decideTopUp(rule, decimal(BigInt(left)), NOW);
        const month = monthAt(rule, NOW);
        const spent = Number(decimalText(month.price));
        // Slowly and obviously: one after another, while it may.
        let packs = 0;
        if (month.count < count)
          while (left + packs * 50 < 100 && spent + (packs + 1) * 5 <= 5 + price) packs += 1;
        if (decided.kind === 'buy') {
          expect([decimalText(decided.amount), decimalText(decided.price)]).toEqual([
            ...[`${packs * 50}`, `${packs * 5}`],
          ]);
          rule = { ...rule, month: decided.month };
          left += packs * 50;
        } else {
          expect(packs).toBe(0);
          expect(decided.kind).toBe(left < 100 ? 'pause' : 'none');
        }
      }
    }),
    { numRuns: howMany(100, 10_000) },
  );
});
