import { pageAfter, type PageRequest } from './page-after';
import type { Parser } from './pages';

/** A piece of a list: at most `limit` items whose id is greater than `afterId` (empty: from the first). */
export interface Slice {
  readonly afterId: string;
  readonly limit: number;
}

const position: Parser<{ after: string }> = {
  parse(value) {
    const { after } = value as { readonly after?: unknown };
    if (typeof after !== 'string' || after === '')
      throw new TypeError('no position of a list by id');
    return { after };
  },
};

/** Reads a page of things listed by id. */
export function pageById<T extends { readonly id: string }>(
  request: PageRequest,
  list: (slice: Slice) => Promise<T[]>,
): Promise<{ items: T[]; nextPageToken: string }> {
  return pageAfter<T, { after: string }>(request, {
    position,
    positionOf: ({ id }) => ({ after: id }),
    list: (from, limit) => list({ afterId: from?.after ?? '', limit }),
  });
}
