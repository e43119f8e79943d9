import { decodePageToken, encodePageToken, pageSize, type Parser } from './pages';

/** The fields of every list request. */
export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** A list in which a page goes on behind the last item of the one before. */
export interface PagedList<T, P extends object> {
  /** Reads what a token holds. */
  readonly position: Parser<P>;
  /** Where an item stands. */
  readonly positionOf: (item: T) => P;
  /** At most `limit` items behind a place; without one from the first. */
  readonly list: (after: P | undefined, limit: number) => Promise<readonly T[]>;
}

/** Reads a page. `list` gets one more than the page holds, which tells whether there is another. */
export async function pageAfter<T, P extends object>(
  request: PageRequest,
  { position, positionOf, list }: PagedList<T, P>,
): Promise<{ items: T[]; nextPageToken: string }> {
  const size = pageSize(request.pageSize);
  const { pageToken } = request;
  const after = pageToken === '' ? undefined : decodePageToken(pageToken, position);
  const found = await list(after, size + 1);
  const items = found.slice(0, size);
  const last = items.at(-1);
  const more = found.length > size && last !== undefined;
  return { items, nextPageToken: more ? encodePageToken(positionOf(last)) : '' };
}
