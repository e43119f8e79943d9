import type { Violation } from '@billingrails/errors';

/**
 * The instants that a caller may put into a subscription or a test clock: 1970 up to the year 9000. Every cycle that
 * follows from one then still has an end that a Timestamp can hold.
 */
const INSTANT_MIN_MS = 0;
const INSTANT_MAX_MS = Date.UTC(9000, 0, 1);

/** What is wrong with a caller's instant; empty when nothing is. */
export function instantViolations(instantMs: number, field: string): Violation[] {
  return instantMs >= INSTANT_MIN_MS && instantMs <= INSTANT_MAX_MS
    ? []
    : [{ field, description: 'must lie between 1970-01-01T00:00:00Z and 9000-01-01T00:00:00Z' }];
}
