import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import { chargeViolations, rate, type VolumePrice } from '../index';
import { anyTiers, productOf, quantityOf, tiersOf, wholeTierOf } from '../testing/whole';

test('every part of the quantity has the price of the last part, and its flat amount counts once', () => {
  const quantity = fc.bigInt({ min: 1n, max: 300n });
  fc.assert(
    fc.property(anyTiers(200n), quantity, (tiers, parts) => {
      const last = wholeTierOf(tiers, parts);
      let amount = last.flatAmount * 1000n;
      for (let part = 1n; part <= parts; part += 1n) amount += last.unitAmount;
      const price: VolumePrice = { kind: 'volume', tiers: tiersOf(tiers) };
      const charge = rate(price, { quantity: quantityOf(parts), eventCount: 0n });
      expect(charge.amount).toEqual(productOf(amount));
      expect(charge.steps).toHaveLength(1);
      expect(chargeViolations(charge, 'charge')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

const price: VolumePrice = {
  kind: 'volume',
  tiers: [
    { upTo: decimal('100'), unitAmount: decimal('2'), flatAmount: decimal('10') },
    { upTo: decimal('200'), unitAmount: decimal('1'), flatAmount: decimal('0') },
    { unitAmount: decimal('0.5'), flatAmount: decimal('50') },
  ],
};

test.each([
  ['0', '0'], // no tier holds zero
  ['0.5', '11'],
  ['100', '210'], // the boundary unit belongs to the lower tier
  ['100.001', '100.001'], // one part more may cost less
  ['200', '200'],
  ['200.5', '150.25'],
  ['-150', '-300'], // a credit by the first tier, without its flat amount
])('%s units cost %s', (quantity, amount) => {
  const usage = { quantity: decimal(quantity), eventCount: 0n };
  expect(decimalText(rate(price, usage).amount)).toBe(amount);
});
