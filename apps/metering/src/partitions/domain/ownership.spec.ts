import fc from 'fast-check';
import { ownedPartitions } from './ownership';

const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 });

describe('partitions', () => {
  test('have exactly one owner each, whatever the order the replicas are listed in', () => {
    fc.assert(
      fc.property(names, (replicas) => {
        const owned = replicas.flatMap((name) => ownedPartitions(name, replicas, 16));
        expect([...owned].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, p) => p));
        const [first = ''] = replicas;
        const backwards = [...replicas].reverse();
        expect(ownedPartitions(first, backwards, 16)).toEqual(ownedPartitions(first, replicas, 16));
      }),
    );
  });

  test('stay where they are when another replica dies', () => {
    fc.assert(
      fc.property(names, (replicas) => {
        const [dead, ...others] = replicas;
        for (const name of others) {
          const before = ownedPartitions(name, replicas, 16);
          const after = ownedPartitions(name, others, 16);
          expect(after).toEqual(expect.arrayContaining(before));
        }
        expect(ownedPartitions(dead ?? '', others, 16)).toEqual([]);
      }),
    );
  });
});
