/** Thrown where a request stops being lean; one for all, since nobody reads it. */
export const notLean = new Error('the request is not lean');

/** Leaves the request to the method's ordinary handler unless `isLean`. */
export function only(isLean: boolean): asserts isLean {
  if (!isLean) throw notLean;
}
