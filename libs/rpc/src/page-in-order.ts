import type { PageRequest } from './page-after';
import { decodePageToken, encodePageToken, pageSize, type Parser } from './pages';

/** Lines and their steps together, on a page of an answer: far fewer than a message has room for. */
export const PAGE_PIECES_MAX = 6_000;

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
  request: PageRequest,
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

/** A page of lines: each, and each of its steps, is a piece of what makes an answer long. */
export function pageOfLines<T extends { readonly steps?: readonly unknown[] }>(
  lines: readonly T[],
  request: PageRequest,
): { items: T[]; nextPageToken: string } {
  const of = ({ steps = [] }: T) => 1 + steps.length;
  return pageInOrder(lines, request, { of, max: PAGE_PIECES_MAX });
}
