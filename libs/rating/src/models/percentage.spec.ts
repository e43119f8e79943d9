import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import {
  chargeViolations,
  priceViolations,
  rate,
  type DynamicPrice,
  type PercentagePrice,
  type Price,
} from '../index';
import { amountOf, written } from '../testing/whole';

const priceOf = (
  percent: string,
  fixed = '0',
  freeAmount = '0',
  freeEvents = 0n,
): PercentagePrice => ({
  kind: 'percentage',
  percent: decimal(percent),
  fixedAmount: decimal(fixed),
  freeAmount: decimal(freeAmount),
  freeEvents,
});

const costOf = (price: Price, quantity: string, eventCount: bigint) => {
  const charge = rate(price, { quantity: decimal(quantity), eventCount });
  expect(chargeViolations(charge, 'charge')).toEqual([]);
  return charge.amount;
};

test('the percentage is taken of each cent that is not free, and the fixed amount of each event that is not', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 200n }), { maxLength: 8 }),
      fc.bigInt({ min: 0n, max: 300n }),
      fc.nat(8),
      amount,
      amount,
      (cents, freeCents, freeEvents, percent, fixed) => {
        let [free, owed] = [freeCents, 0n];
        for (const value of cents)
          for (let cent = 0n; cent < value; cent += 1n) {
            if (free > 0n) free -= 1n;
            // A cent of so many 10^-9 percent, in 10^-13.
            else owed += percent;
          }
        cents.forEach((_, index) => {
          if (index >= freeEvents) owed += fixed * 10_000n;
        });
        const sum = cents.reduce((total, value) => total + value, 0n);
        const price: PercentagePrice = {
          kind: 'percentage',
          percent: amountOf(percent),
          fixedAmount: amountOf(fixed),
          freeAmount: decimal(written(freeCents, 2)),
          freeEvents: BigInt(freeEvents),
        };
        const cost = costOf(price, written(sum, 2), BigInt(cents.length));
        expect(cost).toEqual(decimal(written(owed, 13)));
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  [priceOf('2.9'), '0', 0n, '0'],
  [priceOf('2.9', '0.3'), '100', 2n, '3.5'],
  [priceOf('2.9', '0.3'), '0', 2n, '0.6'], // events of nothing are events
  [priceOf('1', '0', '250'), '250', 4n, '0'], // the boundary of the free amount is free
  [priceOf('1', '0', '250'), '250.5', 4n, '0.005'],
  [priceOf('0', '2', '0', 2n), '800', 2n, '0'],
  [priceOf('0', '2', '0', 2n), '800', 3n, '2'],
  [priceOf('1.3', '2', '250', 2n), '800', 4n, '11.15'],
  [priceOf('1', '2', '250'), '-100', 1n, '1'], // more was paid back than paid: nothing of it is free
])('by %j, %s in %s events cost %s', (price, quantity, events, amount) => {
  expect(decimalText(costOf(price, quantity, events))).toBe(amount);
});

test.each(['0', '12.345', '-3'])(
  'a dynamic price of reported amounts of %s is just that',
  (sum) => {
    const price: DynamicPrice = { kind: 'dynamic' };
    expect(decimalText(costOf(price, sum, 7n))).toBe(sum);
  },
);

test('with bounds, every transaction is priced by itself, then raised to the minimum or cut at the maximum', () => {
  const whole = fc.integer({ min: 0, max: 300 });
  const bound = fc.option(whole, { nil: undefined });
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 10 }),
      fc.tuple(fc.nat(100), fc.nat(50), bound, bound),
      (amounts, [percent, fixed, least, more]) => {
        fc.pre(least !== undefined || more !== undefined);
        const most = more === undefined ? undefined : more + (least ?? 0);
        // In hundredths.
        let owed = 0;
        for (const amount of amounts) {
          let cost = amount * percent + fixed * 100;
          while (least !== undefined && cost < least * 100) cost += 1;
          while (most !== undefined && cost > most * 100) cost -= 1;
          owed += cost;
        }
        const price: PercentagePrice = {
          ...priceOf(String(percent), String(fixed)),
          ...(least === undefined ? {} : { transactionMinimum: decimal(least) }),
          ...(most === undefined ? {} : { transactionMaximum: decimal(most) }),
        };
        const values = [...new Set(amounts)];
        const charge = rate(price, {
          quantity: decimal(amounts.reduce((sum, amount) => sum + amount, 0)),
          eventCount: BigInt(amounts.length),
          transactions: values.map((value) => ({
            amount: decimal(value),
            count: BigInt(amounts.filter((amount) => amount === value).length),
          })),
        });
        expect(charge.amount).toEqual(decimal(written(BigInt(owed), 2)));
        expect(chargeViolations(charge, 'charge')).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test('a minimum and a maximum of a transaction, step by step', () => {
  const of = (amount: string, count = 1n) => ({ amount: decimal(amount), count });
  const price: PercentagePrice = {
    ...priceOf('2.99'),
    transactionMinimum: decimal('1.75'),
    transactionMaximum: decimal('12'),
  };
  const transactions = [of('10', 2n), of('80'), of('10000'), of('0'), of('-5')];
  const charge = rate(price, { quantity: decimal('10095'), eventCount: 6n, transactions });
  expect(
    charge.steps.map(({ kind, quantity, amount }) => [kind, quantity, amount].map(String)),
  ).toEqual([
    ['percentage', '80', '2.392'],
    ['transactions', '15', '7'], // four of them, one of nothing and one paid back among them, at 1.75
    ['transactions', '10000', '12'],
  ]);
  const none = rate(price, { quantity: decimal(0n), eventCount: 0n, transactions: [] });
  expect(decimalText(none.amount)).toBe('0');
});

test('a maximum below the minimum, and what changes the quantity, have no place beside bounds', () => {
  const price: Price = {
    ...priceOf('1', '0', '5', 1n),
    transactionMinimum: decimal('2'),
    transactionMaximum: decimal('1'),
    terms: { includedUnits: decimal('1') },
  };
  expect(priceViolations(price, 'p').map(({ field }) => field)).toEqual([
    'p.percentage.transaction_maximum',
    'p.terms.included_units',
  ]);
});
