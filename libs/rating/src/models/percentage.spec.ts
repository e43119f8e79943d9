import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import {
  chargeViolations,
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
    { numRuns: 1000 },
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
