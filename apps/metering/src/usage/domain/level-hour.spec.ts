import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { aggregationOf } from '../../domain/aggregation';
import { levelStateOf, NO_LEVELS, withLevels } from './level-hour';

const { ofEvents } = aggregationOf('time_weighted_sum');

const samples = fc.uniqueArray(
  fc.record({
    timestampMs: fc.integer({ min: 0, max: 60 }),
    key: fc.nat(5).map(String),
    value: fc.bigInt(-100n, 100n),
  }),
  { selector: ({ timestampMs, key }) => `${timestampMs}/${key}`, maxLength: 120, size: 'max' },
);

test('levels that come in any order make the hour that all of them make, or ask for its events', () => {
  fc.assert(
    fc.property(
      samples,
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (all, sizes) => {
        let hour = NO_LEVELS;
        let turn = 0;
        for (let from = 0; from < all.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          const added = all.slice(from, from + size);
          const whole = ofEvents(all.slice(0, from + added.length));
          const next = withLevels(hour, added);
          if (next !== undefined) expect(levelStateOf(next)).toEqual(whole);
          hour = next ?? { settled: whole, recent: [] };
          from += added.length;
        }
      },
    ),
    { numRuns: howMany(80, 500) },
  );
});

test('up to 32 levels come in any order without asking for events, later ones up to 16 events late', () => {
  const order = Array.from({ length: 32 }, (_, n) => (n * 7) % 32);
  let hour: typeof NO_LEVELS | undefined = NO_LEVELS;
  for (const timestampMs of order) {
    hour = hour && withLevels(hour, [{ timestampMs, key: 'k', value: BigInt(timestampMs) }]);
  }
  for (let block = 0; block < 20; block += 1) {
    for (const offset of [15, 3, 0, 9, 14, 1, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13]) {
      const timestampMs: number = 32 + block * 16 + offset;
      hour = hour && withLevels(hour, [{ timestampMs, key: 'k', value: 1n }]);
    }
  }
  expect(hour && levelStateOf(hour).eventCount).toBe(32 + 20 * 16);
});
