import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { containerOf, IdSet } from './id-set';

/** Dense and sparse runs over three containers, so that lists become bitmaps and meet them. */
const idLists = fc
  .array(
    fc.record({
      from: fc.constantFrom(0, 4_000, 65_000, 65_536, 131_072),
      step: fc.integer({ min: 1, max: 9 }),
      count: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(4_095, 4_096, 9_000)),
    }),
    { maxLength: 4 },
  )
  .map((runs) =>
    runs.flatMap(({ from, step, count }) =>
      Array.from({ length: count }, (_, n) => from + n * step),
    ),
  );

/** The ids by the format as it is written down. */
function idsOf(set: IdSet): number[] {
  const ids: number[] = [];
  for (const [container, bytes] of set.encode()) {
    for (let low = 0; low < 65_536; low += 1) {
      if (isIn(bytes, low)) ids.push(container * 65_536 + low);
    }
  }
  return ids.sort((a, b) => a - b);
}

function isIn(bytes: Uint8Array, low: number): boolean {
  if (bytes.length === 8_192) return (((bytes[low >> 3] ?? 0) >> (low & 7)) & 1) === 1;
  for (let at = 0; at < bytes.length; at += 2) {
    if ((bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0) === low) return true;
  }
  return false;
}

function sorted(ids: ReadonlySet<number>): number[] {
  return [...ids].sort((a, b) => a - b);
}

describe('a set of ids', () => {
  test('unites with others as sets do, and leaves them as they were', () => {
    fc.assert(
      fc.property(fc.array(idLists, { maxLength: 4 }), (lists) => {
        const union = new IdSet();
        const expected = new Set<number>();
        const sets = lists.map((ids) => IdSet.of(ids));
        for (const [index, set] of sets.entries()) {
          union.or(set);
          for (const id of lists[index] ?? []) expected.add(id);
          expect(union.size).toBe(expected.size);
        }
        for (const [index, set] of sets.entries()) {
          expect(set.size).toBe(new Set(lists[index]).size);
        }
      }),
      { numRuns: howMany(30, 300) },
    );
  });

  test('has the ids that were added, one by one, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 65_500, max: 65_600 })), (ids) => {
        const set = new IdSet();
        const added = new Set<number>();
        for (const id of ids) {
          expect(set.has(id)).toBe(added.has(id));
          set.add(id);
          added.add(id);
        }
        expect(idsOf(set)).toEqual(sorted(added));
      }),
    );
  });

  test('is encoded as a list of fewer than 4,096 ids or as a bitmap, and comes back as it was', () => {
    fc.assert(
      fc.property(idLists, (ids) => {
        const set = IdSet.of(ids);
        const back = new IdSet();
        for (const [container, bytes] of set.encode()) {
          const count = new Set(ids.filter((id) => containerOf(id) === container)).size;
          expect(bytes.length).toBe(count < 4_096 ? count * 2 : 8_192);
          // As the driver gives it: somewhere in a larger buffer, at any offset.
          const within = new Uint8Array(bytes.length + 3);
          within.set(bytes, 3);
          back.or(IdSet.decode(container, within.subarray(3)));
        }
        expect(back.size).toBe(set.size);
        expect(new Map(back.encode())).toEqual(new Map(set.encode()));
      }),
      { numRuns: howMany(15, 100) },
    );
  });

  test('reads its own format bit by bit', () => {
    const ids = [0, 1, 9, 65_535, 65_536, 70_000];
    expect(idsOf(IdSet.of(ids))).toEqual(ids);
    const many = Array.from({ length: 5_000 }, (_, n) => n * 13);
    const bitmap = IdSet.of(many);
    expect(idsOf(bitmap)).toEqual(many);
    expect([0, 1, 12, 13, 64_987, 64_988].map((id) => bitmap.has(id))).toEqual([
      ...[true, false, false, true, true, false],
    ]);
  });
});
