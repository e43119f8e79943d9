import { decodePageToken, encodePageToken, pageSize, type Parser } from './pages';

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

/** The fields of every list request. */
interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/**
 * Reads a page of things listed by id. `list` gets one more than the page holds, which tells whether there is another.
 */
export async function pageById<T extends { readonly id: string }>(
  request: PageRequest,
  list: (slice: Slice) => Promise<T[]>,
): Promise<{ items: T[]; nextPageToken: string }> {
  const size = pageSize(request.pageSize);
  const afterId =
    request.pageToken === '' ? '' : decodePageToken(request.pageToken, position).after;
  const found = await list({ afterId, limit: size + 1 });
  const items = found.slice(0, size);
  const last = items.at(-1);
  const more = found.length > size && last !== undefined;
  return { items, nextPageToken: more ? encodePageToken({ after: last.id }) : '' };
}
