import { isBehindFence, joinOutcomes, movedStates } from './backfill';
import { outcomeOf } from './outcome';

test('an event is behind the fence up to its own partition’s sequence', () => {
  const fences = new Map([
    [0, 10],
    [1, 0],
  ]);
  const place = { partition: 0, seq: 10, index: 3 };
  expect(isBehindFence(place, fences)).toBe(true);
  expect(isBehindFence({ ...place, seq: 11 }, fences)).toBe(false);
  expect(isBehindFence({ ...place, partition: 1, seq: 1 }, fences)).toBe(false);
  expect(isBehindFence({ ...place, partition: 2, seq: 1 }, fences)).toBe(false);
});

describe('an event that another profile looks at', () => {
  const unmatched = outcomeOf(0, [], []);
  const counted = outcomeOf(1, [1], []);
  const unusable = outcomeOf(1, [], [{ profile: 2, reason: 'missing' }]);
  const filteredOut = outcomeOf(1, [], []);

  test.each([
    [unmatched, filteredOut, 'filtered_out'],
    [unmatched, counted, 'counted'],
    [filteredOut, unusable, 'unusable'],
    [unusable, counted, 'counted'],
    [counted, unusable, 'counted'],
    [counted, filteredOut, 'counted'],
  ])('from %j and %j comes to %s', (before, added, state) => {
    expect(joinOutcomes(before, added).state).toBe(state);
  });

  test('keeps who counted it and who could not', () => {
    expect(joinOutcomes(counted, unusable)).toEqual({
      state: 'counted',
      countedBy: [1],
      unusableBy: [{ profile: 2, reason: 'missing' }],
    });
  });

  test('moves from one count to another, so that their sum stays', () => {
    const moves = [
      { before: unmatched, after: counted },
      { before: filteredOut, after: counted },
      { before: counted, after: counted },
    ];
    const moved = movedStates(moves);
    expect(moved).toEqual({ counted: 2, filtered_out: -1, unmatched: -1, unusable: 0 });
  });
});
