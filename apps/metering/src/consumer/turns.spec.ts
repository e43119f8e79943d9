import { Turns } from './turns';

test('only so many tasks run at once, in the order they asked, also when some fail', async () => {
  const turns = new Turns(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const tasks = Array.from({ length: 9 }, (_, n) =>
    turns.take(async () => {
      order.push(n);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (n % 3 === 0) throw new Error(`task ${n}`);
      return n;
    }),
  );
  const results = await Promise.allSettled(tasks);
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(3);
  expect(turns.active).toBe(false);
  expect(await turns.take(async () => 'free')).toBe('free');
});
