/** How much a part may hold. One item that is more by itself is a part of its own. */
export interface PartLimits {
  readonly bytes: number;
  readonly count?: number;
}

/** Items in parts within limits, in order; `bytesOf` gives what each has at most. None for none. */
export function* partsWithin<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  { bytes: bytesMax, count: countMax = Infinity }: PartLimits,
): Generator<readonly T[]> {
  let from = 0;
  let byteCount = 0;
  for (const [index, item] of items.entries()) {
    const bytes = bytesOf(item);
    const isFull = byteCount + bytes > bytesMax || index - from === countMax;
    if (isFull && index > from) {
      yield items.slice(from, index);
      from = index;
      byteCount = 0;
    }
    byteCount += bytes;
  }
  if (from < items.length) yield from === 0 ? items : items.slice(from);
}
