import { pageAfter, type PageRequest } from '@billingrails/rpc';
import { z } from 'zod';

const position = z.strictObject({ after: z.string().min(1) });

/** A page of things that are listed by id or account, of which `list` gives those after one, at most so many. */
export function pageByKey<T>(
  request: PageRequest,
  list: (slice: { readonly after?: string; readonly limit: number }) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<{ readonly items: readonly T[]; readonly nextPageToken: string }> {
  return pageAfter(request, {
    position,
    positionOf: (item: T) => ({ after: keyOf(item) }),
    list: (from, limit) => list({ ...from, limit }),
  });
}
