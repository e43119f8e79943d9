/** Thrown where a request stops being plain; one for all, since nobody reads it. */
export const notPlain = new Error('the request is not plain');

/** Leaves the request to the method's ordinary handler unless `isPlain`. */
export function only(isPlain: boolean): asserts isPlain {
  if (!isPlain) throw notPlain;
}
