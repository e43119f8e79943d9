import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import { rate, type Price, type Tier } from '../index';
import { amountOf, anyTiers, quantityOf, tiersOf, wholeTierOf } from '../testing/whole';

test('with packages, each tier opens packages of its own until its units are in one', () => {
  const size = fc.bigInt({ min: 1n, max: 40n });
  fc.assert(
    fc.property(anyTiers(200n), size, fc.bigInt({ min: 0n, max: 300n }), (tiers, size, parts) => {
      const inTier = new Map(tiers.map((tier) => [tier, 0n]));
      for (let part = 1n; part <= parts; part += 1n) {
        const tier = wholeTierOf(tiers, part);
        inTier.set(tier, (inTier.get(tier) ?? 0n) + 1n);
      }
      let amount = 0n;
      for (const [tier, units] of inTier) {
        if (units > 0n) amount += tier.flatAmount;
        for (let left = units; left > 0n; left -= size) amount += tier.unitAmount;
      }
      const packed = tiersOf(tiers).map((tier) => ({ ...tier, packageSize: quantityOf(size) }));
      const price: Price = { kind: 'graduated', tiers: packed };
      const usage = { quantity: quantityOf(parts), eventCount: 0n };
      expect(rate(price, usage).amount).toEqual(amountOf(amount));
    }),
    { numRuns: 300 },
  );
});

const tiers: Tier[] = [
  {
    upTo: decimal('1000'),
    packageSize: decimal('100'),
    unitAmount: decimal('1'),
    flatAmount: decimal('5'),
  },
  { unitAmount: decimal('0.01'), flatAmount: decimal('0') },
];

test.each([
  ['graduated', '0', '0'],
  ['graduated', '0.5', '6'],
  ['graduated', '100', '6'],
  ['graduated', '100.5', '7'],
  ['graduated', '1000.5', '15.005'],
  ['graduated', '-250', '-2'], // whole packages alone come back
  ['volume', '250', '8'],
  ['volume', '1250', '12.5'],
] as const)('%s, in packages: %s units cost %s', (kind, quantity, amount) => {
  const usage = { quantity: decimal(quantity), eventCount: 0n };
  expect(decimalText(rate({ kind, tiers }, usage).amount)).toBe(amount);
});
