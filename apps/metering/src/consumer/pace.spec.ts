import { Pace } from './pace';

const limits = { eventCount: 2_000, byteCount: 8_000 };

test('a lane waits longer and takes smaller chunks the more often it fails, within bounds', () => {
  const pace = new Pace(limits);
  expect(pace.limits).toEqual(limits);
  const waits = Array.from({ length: 8 }, () => pace.failed());
  expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
  expect(pace.limits).toEqual({ eventCount: 62, byteCount: 250 });
});

test('a lane that goes on grows its chunks back, and forgets how long it waited', () => {
  const pace = new Pace(limits);
  pace.failed();
  pace.failed();
  pace.succeeded();
  expect(pace.limits).toEqual({ eventCount: 1_000, byteCount: 4_000 });
  expect(pace.failed()).toBe(50);
  for (let turn = 0; turn < 3; turn += 1) pace.succeeded();
  expect(pace.limits).toEqual(limits);
});

test('who is patient goes on with small steps for a while before they grow', () => {
  const pace = new Pace({ bucketCount: 4_000 }, 3);
  pace.failed();
  pace.failed();
  const sizes = Array.from({ length: 5 }, () => {
    pace.succeeded();
    return pace.limits.bucketCount;
  });
  expect(sizes).toEqual([1_000, 1_000, 2_000, 4_000, 4_000]);
});
