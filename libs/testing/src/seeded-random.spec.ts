import { seededRandom } from './seeded-random';

const take = (seed: number, count: number) => Array.from({ length: count }, seededRandom(seed));

test('the same seed gives the same numbers, another seed others', () => {
  expect(take(7, 5)).toEqual(take(7, 5));
  expect(take(7, 5)).not.toEqual(take(8, 5));
});

test('the numbers are in [0, 1) and spread evenly', () => {
  const tenths = Array<number>(10).fill(0);
  for (const value of take(20_261_121, 10_000)) {
    const tenth = Math.floor(value * 10);
    tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
  }
  expect(tenths).toHaveLength(10);
  // 1,000 are expected in each; five standard deviations are 150.
  for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
