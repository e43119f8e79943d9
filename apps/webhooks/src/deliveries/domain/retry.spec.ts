import fc from 'fast-check';
import { nextTryMs, pauseMs, RETRY_MS } from './retry';

const HOUR_MS = 3_600_000;

test('a delivery is tried after 5 s, 20 s, 80 s… then every 12 hours, and last after 3 days', () => {
  const waits: number[] = [];
  let nowMs = 0;
  for (let tries = 1; ; tries += 1) {
    const nextMs = nextTryMs({ tries, firstMs: 0, nowMs, random: 0.5 });
    if (nextMs === undefined) break;
    waits.push(nextMs - nowMs);
    nowMs = nextMs;
  }
  expect(nowMs).toBe(RETRY_MS);
  const growing = [5, 20, 80, 320, 1_280, 5_120, 20_480].map((seconds) => seconds * 1_000);
  expect(waits.slice(0, growing.length)).toEqual(growing);
  expect(waits.slice(growing.length, -1).every((wait) => wait === 12 * HOUR_MS)).toBe(true);
  expect(waits.at(-1)).toBeLessThanOrEqual(12 * HOUR_MS);
});

test('whatever the dice give and receivers ask for, a try comes after the one before and never after 3 days', () => {
  const failed = fc.record({
    tries: fc.integer({ min: 1, max: 1_000 }),
    firstMs: fc.constant(0),
    nowMs: fc.integer({ min: 0, max: RETRY_MS + HOUR_MS }),
    askedMs: fc.integer({ min: 0, max: 10 * RETRY_MS }),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(failed, (each) => {
      const nextMs = nextTryMs(each);
      if (each.nowMs >= RETRY_MS) expect(nextMs).toBeUndefined();
      else {
        expect(nextMs).toBeGreaterThan(each.nowMs);
        expect(nextMs).toBeLessThanOrEqual(RETRY_MS);
      }
    }),
  );
});

test.each([
  [0, 3_600_000, 3_600_000],
  [0, 0, 4_000],
  [0.999_999, 0, 6_000],
  [0, 100 * 3_600_000, 12 * 3_600_000],
])('with a die of %s, asked to wait %s ms, it waits %s ms', (random, askedMs, expected) => {
  expect(nextTryMs({ tries: 1, firstMs: 0, nowMs: 0, askedMs, random })).toBe(expected);
});

test('an endpoint that fails is left alone for longer each time, and at most 5 minutes', () => {
  const pauses = [0, 1, 2, 3, 8, 9, 1_000].map((turns) => pauseMs(turns, 0.5));
  expect(pauses).toEqual([0, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000]);
});
