/** A bug: something that was believed does not hold. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws AssertionError unless `condition` holds. For bugs, not for bad input: that is a DomainError. */
export function assert(condition: unknown, believed: string): asserts condition {
  if (condition) return;
  const error = new AssertionError(`Believed, but not so: ${believed}.`);
  // The trace begins where the belief is stated, not in here.
  Error.captureStackTrace(error, assert);
  throw error;
}
