import { create } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { DomainError } from '@billingrails/errors';
import { fromTimestamp, toTimestamp } from '.';

const timestamp = (seconds: bigint, nanos: number) => create(TimestampSchema, { seconds, nanos });
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

test('every millisecond of the years 1 to 9999 survives the way there and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST_MS, max: LAST_MS }), (ms) => {
      const { seconds, nanos } = toTimestamp(ms);
      expect(nanos).toBeGreaterThanOrEqual(0);
      expect(seconds * 1_000n + BigInt(nanos / 1_000_000)).toBe(BigInt(ms));
      expect(fromTimestamp(toTimestamp(ms))).toBe(ms);
    }),
  );
});

test.each([
  [0n, 999_999, 0],
  [0n, 1_000_000, 1],
  [1n, 999_999_999, 1_999],
  [-1n, 999_999_999, -1],
  [-1n, 999_000_000, -1],
  [-1n, 998_999_999, -2],
  [-62_135_596_800n, 0, FIRST_MS],
  [253_402_300_799n, 999_999_999, LAST_MS],
])('%s s and %s ns are cut to %s ms, towards the past', (seconds, nanos, ms) => {
  expect(fromTimestamp(timestamp(seconds, nanos))).toBe(ms);
});

test.each([
  [-62_135_596_801n, 0],
  [253_402_300_800n, 0],
  [2n ** 63n - 1n, 0],
  [0n, -1],
  [0n, 1_000_000_000],
])('%s s and %s ns are refused by the name of their field', (seconds, nanos) => {
  const read = () => fromTimestamp(timestamp(seconds, nanos), 'events[0].timestamp');
  expect(read).toThrow(DomainError);
  expect(read).toThrow(
    expect.objectContaining({
      kind: 'invalid',
      violations: [expect.objectContaining({ field: 'events[0].timestamp' })],
    }),
  );
});

test.each([FIRST_MS - 1, LAST_MS + 1, 0.5, NaN, Infinity])('writing %s is a bug', (ms) => {
  expect(() => toTimestamp(ms)).toThrow(/instant in milliseconds/);
});
