import { partsWithin } from './parts-within';

const parts = (items: readonly number[], bytes: number, count?: number) => [
  ...partsWithin(items, (item) => item, { bytes, ...(count === undefined ? {} : { count }) }),
];

test('a part ends before the item that would be too much', () => {
  expect(parts([4, 4, 2, 1, 10, 1], 10)).toEqual([[4, 4, 2], [1], [10], [1]]);
  expect(parts([1, 1, 1, 1, 1], 10, 2)).toEqual([[1, 1], [1, 1], [1]]);
});

test('an item that is too much by itself is a part of its own', () => {
  expect(parts([11, 12, 1, 11], 10)).toEqual([[11], [12], [1], [11]]);
});

test('of no items there are no parts', () => {
  expect(parts([], 10)).toEqual([]);
});
