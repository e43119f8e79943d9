import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { Violation } from '@billingrails/errors';
import { fromTimestamp } from '@billingrails/rpc';
import type { Bounds } from '../store/credit-entries';

/** Two fields of a request, and the names that they have in the contract. */
export interface BoundFields {
  readonly start: Timestamp | undefined;
  readonly end: Timestamp | undefined;
  readonly names: readonly [start: string, end: string];
}

/** What two fields of a request say that entries lie between. */
export function boundsFrom({ start, end, names }: BoundFields): Bounds {
  return {
    ...(start && { startMs: fromTimestamp(start, names[0]) }),
    ...(end && { endMs: fromTimestamp(end, names[1]) }),
  };
}

/** What is wrong with bounds: nothing lies between them. */
export function boundsViolations(
  { startMs = -Infinity, endMs = Infinity }: Bounds,
  [start, end]: BoundFields['names'],
): Violation[] {
  return startMs < endMs ? [] : [{ field: end, description: `must be after ${start}` }];
}
