import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import { chargeViolations, rate, type GraduatedPercentagePrice } from '../index';
import {
  anyTiers,
  quantityOf,
  tiersOf,
  wholeTierOf,
  written,
  type WholeTier,
} from '../testing/whole';

const priceOf = (tiers: readonly WholeTier[]): GraduatedPercentagePrice => ({
  kind: 'graduatedPercentage',
  tiers: tiersOf(tiers).map(({ unitAmount, ...tier }) => ({ ...tier, percent: unitAmount })),
});

test('each part of the sum has the percentage of its own tier, and each tier entered its flat amount', () => {
  fc.assert(
    fc.property(anyTiers(200n), fc.bigInt({ min: 0n, max: 300n }), (tiers, parts) => {
      let amount = 0n;
      const entered = new Set<WholeTier>();
      for (let part = 1n; part <= parts; part += 1n) {
        const tier = wholeTierOf(tiers, part);
        amount += tier.unitAmount;
        entered.add(tier);
      }
      for (const tier of entered) amount += tier.flatAmount * 100_000n;
      const charge = rate(priceOf(tiers), { quantity: quantityOf(parts), eventCount: 0n });
      expect(charge.amount).toEqual(decimal(written(amount, 14)));
      expect(chargeViolations(charge, 'charge')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['0', '0'], // no tier is reached
  ['10', '200.1'], // the boundary belongs to the lower tier
  ['10.5', '500.11'],
  ['-10', '-0.1'], // a credit by the first tier, without its flat amount
])('a sum of %s costs %s', (quantity, amount) => {
  const price: GraduatedPercentagePrice = {
    kind: 'graduatedPercentage',
    tiers: [
      { upTo: decimal('10'), percent: decimal('1'), flatAmount: decimal('200') },
      { percent: decimal('2'), flatAmount: decimal('300') },
    ],
  };
  const usage = { quantity: decimal(quantity), eventCount: 0n };
  expect(decimalText(rate(price, usage).amount)).toBe(amount);
});
