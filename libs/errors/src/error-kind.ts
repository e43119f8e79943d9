/** What went wrong, by what a caller can do about it. Each kind is one RPC status; see libs/rpc. */
export type ErrorKind =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'precondition'
  | 'stale'
  | 'exhausted'
  | 'unavailable'
  | 'unauthenticated'
  | 'forbidden';
