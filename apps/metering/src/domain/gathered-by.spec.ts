import { gatheredBy } from './gathered-by';

test('items are gathered by key, in the order in which they come', () => {
  const gathered = gatheredBy([5, 2, 3, 4, 1, 2], (item) => item % 2 === 0);
  expect([...gathered]).toEqual([
    [false, [5, 3, 1]],
    [true, [2, 4, 2]],
  ]);
});
