import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import { chargeViolations, rate, type StairstepPrice } from '../index';
import { amountOf, anyTiers, quantityOf, tiersOf, wholeTierOf } from '../testing/whole';

test('the amount is that of the stair which holds the last part, wherever on it', () => {
  const quantity = fc.bigInt({ min: 1n, max: 300n });
  fc.assert(
    fc.property(anyTiers(200n), quantity, (tiers, parts) => {
      const price: StairstepPrice = { kind: 'stairstep', tiers: tiersOf(tiers) };
      const charge = rate(price, { quantity: quantityOf(parts), eventCount: 0n });
      expect(charge.amount).toEqual(amountOf(wholeTierOf(tiers, parts).flatAmount));
      expect(chargeViolations(charge, 'charge')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['0', '0'], // nobody stands on a stair without usage
  ['0.001', '100'],
  ['5', '100'], // the boundary unit belongs to the lower stair
  ['5.5', '150'],
  ['1000000', '150'],
  ['-7', '0'],
])('%s units cost %s', (quantity, amount) => {
  const price: StairstepPrice = {
    kind: 'stairstep',
    tiers: [{ upTo: decimal('5'), flatAmount: decimal('100') }, { flatAmount: decimal('150') }],
  };
  const usage = { quantity: decimal(quantity), eventCount: 0n };
  expect(decimalText(rate(price, usage).amount)).toBe(amount);
});
