import { createGate } from './gate';

test('those beyond the limit wait, and get in one by one in their order', async () => {
  const gate = createGate(2);
  const entered: number[] = [];
  const all = [1, 2, 3, 4].map((caller) => gate.enter(1_000).then(() => entered.push(caller)));
  await Promise.all(all.slice(0, 2));
  expect(entered).toEqual([1, 2]);
  gate.leave();
  await all[2];
  expect(entered).toEqual([1, 2, 3]);
  gate.leave();
  await all[3];
  expect(entered).toEqual([1, 2, 3, 4]);
});

test('who waits too long is refused, and takes no place', async () => {
  const gate = createGate(1);
  await gate.enter(1_000);
  await expect(gate.enter(5)).rejects.toMatchObject({ kind: 'exhausted', retryAfterMs: 500 });
  gate.leave();
  await gate.enter(5);
});
