import fc from 'fast-check';
import { drawBalance } from './balance';

test.each([
  // total, balance, minimum → applied, due, balance
  [2000n, 0n, 0n, 0n, 2000n, 0n],
  [2000n, 500n, 0n, 500n, 1500n, 0n],
  [2000n, 2500n, 0n, 2000n, 0n, 500n],
  [-500n, 0n, 0n, -500n, 0n, 500n],
  [0n, 0n, 0n, 0n, 0n, 0n],
  [200n, 0n, 500n, 200n, 0n, -200n],
  [300n, -200n, 500n, -200n, 500n, 0n],
  [299n, -200n, 500n, 299n, 0n, -499n],
  [-100n, -200n, 0n, -200n, 100n, 0n],
  [2000n, 1600n, 500n, 2000n, 0n, -400n],
])(
  'of %s with a balance of %s and a minimum of %s, %s is applied, %s is due, and the balance is %s',
  (total, balance, minimum, applied, due, after) => {
    expect(drawBalance(total, balance, minimum)).toEqual({ applied, due, balance: after });
  },
);

test('nothing is lost: what is due less the balance after is the total less the balance before', () => {
  const amount = fc.bigInt({ min: -1000n, max: 1000n });
  fc.assert(
    fc.property(amount, amount, fc.bigInt({ min: 0n, max: 500n }), (total, before, minimum) => {
      const { applied, due, balance } = drawBalance(total, before, minimum);
      expect(due - balance).toBe(total - before);
      expect(due + applied).toBe(total);
      expect(due === 0n || due >= minimum).toBe(true);
      // Nobody is asked for what a balance in its favour would have paid.
      expect(due > 0n && balance !== 0n).toBe(false);
    }),
  );
});
