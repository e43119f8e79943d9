import { AssertionError } from '@billingrails/errors';
import { decimal, decimalText, toMoney, type Decimal } from '@billingrails/money';
import fc from 'fast-check';
import {
  chargeViolations,
  rate as rateUsage,
  type GraduatedPrice,
  type Price,
  type RatedCharge,
} from './index';
import {
  amountOf,
  anyAmount,
  anyTiers,
  quantityOf,
  tiersOf,
  wholeTierOf,
  written,
  type WholeTier,
} from './testing/whole';

const rate = (price: Price, quantity: Decimal) => rateUsage(price, { quantity, eventCount: 0n });

const priceOf = (tiers: readonly WholeTier[]): GraduatedPrice => ({
  kind: 'graduated',
  tiers: tiersOf(tiers),
});

/** The amount in 10^-12 of the currency, by going through the quantity part by part. */
function countedAmount(tiers: readonly WholeTier[], parts: bigint): bigint {
  let amount = 0n;
  const entered = new Set<WholeTier>();
  for (let part = 1n; part <= parts; part += 1n) {
    const tier = wholeTierOf(tiers, part);
    amount += tier.unitAmount;
    entered.add(tier);
  }
  for (const tier of entered) amount += tier.flatAmount * 1000n;
  return amount;
}

/** What every charge promises about its own arithmetic. */
function expectArithmetic(charge: RatedCharge): void {
  expect(charge.steps.length).toBeGreaterThan(0);
  expect(chargeViolations(charge, 'charge')).toEqual([]);
}

describe('graduated', () => {
  test('the amount is that of counting part by part, exactly', () => {
    const parts = fc.bigInt({ min: 0n, max: 300n });
    fc.assert(
      fc.property(anyTiers(200n), parts, (tiers, quantity) => {
        const charge = rate(priceOf(tiers), quantityOf(quantity));
        expect(charge.amount).toEqual(decimal(written(countedAmount(tiers, quantity), 12)));
        expectArithmetic(charge);
      }),
      { numRuns: 300 },
    );
  });

  test('on each boundary, just below and just above it, too', () => {
    fc.assert(
      fc.property(anyTiers(200n), (tiers) => {
        for (const { upTo } of tiers)
          for (const quantity of upTo === undefined ? [] : [upTo - 1n, upTo, upTo + 1n])
            expect(rate(priceOf(tiers), quantityOf(quantity)).amount).toEqual(
              decimal(written(countedAmount(tiers, quantity), 12)),
            );
      }),
    );
  });

  test('each step lies in its tier: from where the one before ends, reached strictly above, not past its end', () => {
    const quantity = fc.bigInt({ min: 1n, max: 10n ** 23n - 1n });
    fc.assert(
      fc.property(anyTiers(10n ** 23n - 1n), quantity, (tiers, parts) => {
        const price = priceOf(tiers);
        const charge = rate(price, quantityOf(parts));
        expectArithmetic(charge);
        charge.steps.forEach((step, index) => {
          if (step.kind !== 'tier') throw new Error('a graduated price comes to tiers');
          const tier = price.tiers[index];
          expect(step.above).toEqual(price.tiers[index - 1]?.upTo ?? decimal(0n));
          expect([step.upTo, step.unitAmount, step.flatAmount]).toEqual([
            tier?.upTo,
            tier?.unitAmount,
            tier?.flatAmount,
          ]);
          expect(step.quantity.gt(decimal(0n))).toBe(true);
          if (step.upTo) expect(step.above.add(step.quantity).lte(step.upTo)).toBe(true);
        });
      }),
    );
  });

  test('more never costs less', () => {
    const quantity = fc.bigInt({ min: -1000n, max: 10n ** 23n - 1n });
    fc.assert(
      fc.property(anyTiers(10n ** 22n), quantity, quantity, (tiers, a, b) => {
        const price = priceOf(tiers);
        const [less, more] = a < b ? [a, b] : [b, a];
        const [low, high] = [rate(price, quantityOf(less)), rate(price, quantityOf(more))];
        expect(low.amount.lte(high.amount)).toBe(true);
      }),
    );
  });

  test('cutting a tier in two with the same unit amount changes no amount', () => {
    const place = fc.bigInt({ min: 1n, max: 199n });
    fc.assert(
      fc.property(anyTiers(200n), place, fc.bigInt({ min: 0n, max: 300n }), (tiers, cut, parts) => {
        fc.pre(!tiers.some(({ upTo }) => upTo === cut));
        const index = tiers.findIndex(({ upTo }) => upTo === undefined || cut < upTo);
        const pieces = tiers.flatMap((tier, at) =>
          at === index
            ? [
                { ...tier, upTo: cut },
                { ...tier, flatAmount: 0n },
              ]
            : [tier],
        );
        expect(rate(priceOf(pieces), quantityOf(parts)).amount).toEqual(
          rate(priceOf(tiers), quantityOf(parts)).amount,
        );
      }),
    );
  });

  const tiers = priceOf([
    { upTo: 100_000n, unitAmount: 1_000_000_000n, flatAmount: 5_000_000_000n },
    { upTo: 200_000n, unitAmount: 500_000_000n, flatAmount: 7_000_000_000n },
    { unitAmount: 0n, flatAmount: 9_000_000_000n },
  ]);

  test.each([
    ['0', '0', 1], // no tier is reached: no flat amount
    ['0.001', '5.001', 1],
    ['99.999', '104.999', 1],
    ['100', '105', 1], // the boundary unit belongs to the lower tier
    ['100.001', '112.0005', 2], // the flat amount comes with the first part above it
    ['200', '162', 2],
    ['200.001', '171', 3],
    ['1000000', '171', 3],
    ['-1', '-1', 1], // a credit has no flat amount
    ['-150', '-150', 1], // and stays in the first tier
  ])('%s units cost %s, in %i steps', (quantity, expected, steps) => {
    const charge = rate(tiers, decimal(quantity));
    expect(decimalText(charge.amount)).toBe(expected);
    expect(charge.steps).toHaveLength(steps);
    expectArithmetic(charge);
  });

  test('quantity 0 is one step of the first tier with nothing charged', () => {
    expect(rate(tiers, decimal(0n))).toEqual({
      quantity: decimal(0n),
      amount: decimal(0n),
      steps: [
        {
          kind: 'tier',
          above: decimal(0n),
          upTo: decimal('100'),
          quantity: decimal(0n),
          unitAmount: decimal(1n),
          flatAmount: decimal(0n),
          amount: decimal(0n),
        },
      ],
    });
  });

  test('a credit takes back exactly what the first units cost', () => {
    fc.assert(
      fc.property(anyAmount, fc.bigInt({ min: 1n, max: 10n ** 23n - 1n }), (unitAmount, parts) => {
        const price = priceOf([{ unitAmount, flatAmount: 0n }]);
        const [charge, credit] = [rate(price, quantityOf(parts)), rate(price, quantityOf(-parts))];
        expect(credit.amount).toEqual(charge.amount.neg());
        expectArithmetic(credit);
      }),
    );
  });

  test('the first ten million free, then a millionth of 2.5 each: 18,059,974 tokens cost 20.15 USD', () => {
    const charge = rate(
      {
        kind: 'graduated',
        tiers: [
          { upTo: decimal(10_000_000n), unitAmount: decimal(0n), flatAmount: decimal(0n) },
          { unitAmount: decimal('0.0000025'), flatAmount: decimal(0n) },
        ],
      },
      decimal('18059974'),
    );
    expect(decimalText(charge.amount)).toBe('20.149935');
    expect(toMoney(charge.amount, 'USD').minorUnits).toBe(2015n);
    expect(charge.steps.map(({ quantity }) => decimalText(quantity))).toEqual([
      '10000000',
      '8059974',
    ]);
  });
});

describe('per unit', () => {
  test('is quantity × unit amount, exactly, in one step', () => {
    const quantity = fc.bigInt({ min: -(10n ** 23n) + 1n, max: 10n ** 23n - 1n });
    fc.assert(
      fc.property(anyAmount, quantity, (unitAmount, parts) => {
        const price: Price = { kind: 'perUnit', unitAmount: amountOf(unitAmount) };
        const charge = rate(price, quantityOf(parts));
        expect(charge.amount).toEqual(decimal(written(unitAmount * parts, 12)));
        expect(charge.steps).toHaveLength(1);
        expectArithmetic(charge);
      }),
    );
  });
});

describe('flat', () => {
  test.each(['1', '0', '-3', '123456.789'])(
    'is the amount once, whatever the quantity (%s)',
    (text) => {
      const charge = rate({ kind: 'flat', amount: decimal('20.00') }, decimal(text));
      expect(charge.amount).toEqual(decimal('20'));
      expect(charge.steps).toEqual([
        {
          kind: 'flat',
          quantity: decimal(text),
          flatAmount: decimal('20'),
          amount: decimal('20'),
        },
      ]);
      expectArithmetic(charge);
    },
  );
});

test('the largest price of the largest sum is exact', () => {
  const most = decimal('99999999999999999999.999999999999999999');
  const sum = decimal(`${'9'.repeat(34)}.${'9'.repeat(18)}`);
  const charge = rate({ kind: 'perUnit', unitAmount: most }, sum);
  const exact = (10n ** 38n - 1n) * (10n ** 52n - 1n);
  expect(decimalText(charge.amount)).toBe(written(exact, 36).replace(/0+$/, ''));
});

test('a price that was never validated is a bug', () => {
  expect(() => rate({ kind: 'graduated', tiers: [] }, decimal(1n))).toThrow(AssertionError);
  expect(() => rate({ kind: 'flat', amount: decimal(-1) }, decimal(1n))).toThrow(
    'validated before',
  );
});
