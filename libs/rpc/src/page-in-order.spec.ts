import { DomainError } from '@billingrails/errors';
import fc from 'fast-check';
import { encodePageToken } from './pages';
import { pageInOrder } from './page-in-order';

const size = (max: number) => ({ of: (item: number) => item, max });

test('pages hold every item once, in order, none is empty, and none is larger than it may be, unless one item is', () => {
  const runs = fc.tuple(fc.array(fc.nat(9), { maxLength: 40 }), fc.integer({ min: 1, max: 8 }));
  fc.assert(
    fc.property(runs, ([all, pageSize]) => {
      const seen: number[] = [];
      let pageToken = '';
      do {
        const { items, nextPageToken } = pageInOrder(all, { pageSize, pageToken }, size(12));
        expect(items.length).toBeLessThanOrEqual(pageSize);
        if (items.length > 1)
          expect(items.reduce((sum, item) => sum + item)).toBeLessThanOrEqual(12);
        if (all.length > 0) expect(items).not.toEqual([]);
        seen.push(...items);
        pageToken = nextPageToken;
      } while (pageToken !== '');
      expect(seen).toEqual(all);
    }),
  );
});

test('a token that no page gave is refused', () => {
  const request = { pageSize: 1, pageToken: encodePageToken({ after: 'x' }) };
  expect(() => pageInOrder([1], request, size(1))).toThrow(DomainError);
});
