import { decodePageToken, encodePageToken, pageSize } from '@billingrails/rpc';
import { z } from 'zod';

const position = z.strictObject({ after: z.string().min(1) });

/** A page of things that are listed by id or account, of which `list` gives those after one, at most so many. */
export async function pageAfter<T>(
  request: { readonly pageSize: number; readonly pageToken: string },
  list: (slice: { readonly after?: string; readonly limit: number }) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<{ readonly items: readonly T[]; readonly nextPageToken: string }> {
  const size = pageSize(request.pageSize);
  const after =
    request.pageToken === '' ? undefined : decodePageToken(request.pageToken, position).after;
  const found = await list({ ...(after === undefined ? {} : { after }), limit: size + 1 });
  const items = found.slice(0, size);
  const last = items.at(-1);
  const more = found.length > size && last !== undefined;
  return { items, nextPageToken: more ? encodePageToken({ after: keyOf(last) }) : '' };
}
