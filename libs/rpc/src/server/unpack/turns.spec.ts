import { Turns } from './turns';

const everythingElse = () => new Promise<void>((resolve) => setImmediate(resolve));

test('turns come in order, one at a time, and others run between two', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      await everythingElse();
      seen.push('other');
    }
  })();
  await Promise.all(
    [1, 2, 3, 4].map(async (number) => {
      await turns.next();
      seen.push(`${number}`);
      // What the turn is for, in one go.
      await Promise.resolve();
      seen.push(`${number} done`);
    }),
  );
  isOver = true;
  await others;
  const order = seen.filter((each) => each !== 'other');
  expect(order).toEqual(['1', '1 done', '2', '2 done', '3', '3 done', '4', '4 done']);
  for (const number of [2, 3, 4]) {
    expect(seen[seen.indexOf(`${number}`) - 1]).toBe('other');
  }
});

test('who comes when nobody waits does not wait', async () => {
  const turns = new Turns();
  let came = false;
  void turns.next().then(() => (came = true));
  await Promise.resolve();
  await Promise.resolve();
  expect(came).toBe(true);
});
