import { median, percentile } from './statistics';

const oneToHundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
  [0, 1],
])('the percentile %s of 1 to 100, in any order, is %s', (share, value) => {
  expect(percentile(oneToHundred, share)).toBe(value);
});

test('the median of one round is that round', () => {
  expect(median([7])).toBe(7);
});

test('of nothing there is no percentile', () => {
  expect(() => percentile([], 0.5)).toThrow(/Nothing/);
});
