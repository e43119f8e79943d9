import fc from 'fast-check';
import { mapBounded } from './bounded';

test('results keep the order of the items, with never more than the limit at the same time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(5), { maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      async (turns, limit) => {
        let [running, most] = [0, 0];
        const results = await mapBounded(turns, limit, async (turn) => {
          running += 1;
          most = Math.max(most, running);
          for (let i = 0; i < turn; i += 1) await Promise.resolve();
          running -= 1;
          return turn * 2;
        });
        expect(results).toEqual(turns.map((turn) => turn * 2));
        expect(most).toBeLessThanOrEqual(limit);
      },
    ),
  );
});

test('the first failure is thrown, and nothing more is begun', async () => {
  const begun: number[] = [];
  const run = mapBounded([1, 2, 3, 4], 1, (item) => {
    begun.push(item);
    return item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item);
  });
  await expect(run).rejects.toThrow('two');
  expect(begun).toEqual([1, 2]);
});
