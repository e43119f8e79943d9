import { Code } from '@connectrpc/connect';
import type { ErrorKind } from '@billingrails/errors';

/** The status that each kind of error leaves as. */
export const codeOfKind: Readonly<Record<ErrorKind, Code>> = {
  invalid: Code.InvalidArgument,
  not_found: Code.NotFound,
  conflict: Code.AlreadyExists,
  precondition: Code.FailedPrecondition,
  stale: Code.Aborted,
  exhausted: Code.ResourceExhausted,
  unavailable: Code.Unavailable,
  unauthenticated: Code.Unauthenticated,
  forbidden: Code.PermissionDenied,
};

/** The kind that a status came from; undefined for statuses that no kind has, such as Internal. */
export function kindOfCode(code: Code): ErrorKind | undefined {
  return kinds.get(code);
}

const kinds = new Map<Code, ErrorKind>(
  Object.entries(codeOfKind).map(([kind, code]) => [code, kind as ErrorKind]),
);

/** The status in google.rpc's spelling, such as INVALID_ARGUMENT. */
export function codeName(code: Code): string {
  return (Code[code] ?? 'Unknown').replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
