import { backOffMs } from './back-off';

test.each([
  [{ firstMs: 100, maxMs: 2_000 }, [100, 200, 400, 800, 1_600, 2_000, 2_000]],
  [{ firstMs: 5, maxMs: 20, factor: 1.5 }, [5, 7.5, 11.25, 16.875, 20]],
  [{ firstMs: 50, maxMs: 50 }, [50, 50]],
])('waits grow from the first to the longest: %j', (backOff, expected) => {
  expect(expected.map((_, index) => backOffMs(backOff, index + 1))).toEqual(expected);
});

test('after any number of failures the wait is the longest', () => {
  const backOff = { firstMs: 1, maxMs: 60_000 };
  for (const failures of [17, 1_000, 2 ** 40]) expect(backOffMs(backOff, failures)).toBe(60_000);
});
