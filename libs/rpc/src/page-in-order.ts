import { decodePageToken, encodePageToken, pageSize, type Parser } from './pages';

const position: Parser<{ after: number }> = {
  parse(value) {
    const { after } = value as { readonly after?: unknown };
    if (!Number.isSafeInteger(after) || Number(after) < 0)
      throw new TypeError('no place in a list');
    return { after: Number(after) };
  },
};

/**
 * A page of things that never change and are kept in their order, such as the lines of an invoice. A page ends before
 * its size where what is on it is so large that it would not fit an answer.
 */
export function pageInOrder<T>(
  all: readonly T[],
  request: { readonly pageSize: number; readonly pageToken: string },
  size: { of(item: T): number; readonly max: number },
): { items: T[]; nextPageToken: string } {
  const after = request.pageToken === '' ? 0 : decodePageToken(request.pageToken, position).after;
  const items: T[] = [];
  let total = 0;
  for (const item of all.slice(after, after + pageSize(request.pageSize))) {
    total += size.of(item);
    if (total > size.max && items.length > 0) break;
    items.push(item);
  }
  const next = after + items.length;
  return { items, nextPageToken: next < all.length ? encodePageToken({ after: next }) : '' };
}
