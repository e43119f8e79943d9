import { invalid } from '@billingrails/errors';

/** Far above any token this product makes; nobody shall have megabytes parsed as one. */
const TOKEN_LENGTH_MAX = 4_096;

/** What zod's schemas have: returns the value when it has the right shape, throws otherwise. */
export interface Parser<T> {
  parse(value: unknown): T;
}

export interface PageSizeLimits {
  /** When the caller sends 0. */
  readonly default?: number;
  /** Larger requests are clamped to this. */
  readonly max?: number;
}

/** Where the next page starts, as an opaque token. */
export function encodePageToken(position: object): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** The position that `encodePageToken` was given. A token that is not one throws a DomainError for `page_token`. */
export function decodePageToken<T>(token: string, parser: Parser<T>): T {
  try {
    if (token.length > TOKEN_LENGTH_MAX) throw new RangeError('longer than any token');
    return parser.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    throw invalid('PAGE_TOKEN_INVALID', 'The page token is not one that this method returned.', [
      { field: 'page_token', description: 'must be the next_page_token of an earlier answer' },
    ]);
  }
}

/** How many things a page holds: 0 asks for the default, and more than the maximum gets the maximum. */
export function pageSize(requested: number, limits: PageSizeLimits = {}): number {
  const { default: standard = 100, max = 1_000 } = limits;
  if (!Number.isInteger(requested) || requested < 0) {
    throw invalid('PAGE_SIZE_INVALID', 'The page size is not valid.', [
      { field: 'page_size', description: 'must be 0 or more' },
    ]);
  }
  return requested === 0 ? standard : Math.min(requested, max);
}
