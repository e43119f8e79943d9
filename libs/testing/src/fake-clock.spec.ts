import { fakeClock } from './fake-clock';

test('it stands still until it is moved', () => {
  const { nowMs, advance, set } = fakeClock(1_000);
  expect(nowMs()).toBe(1_000);
  advance(500);
  expect(nowMs()).toBe(1_500);
  set(10);
  expect(nowMs()).toBe(10);
  expect(() => advance(-1)).toThrow(RangeError);
});
