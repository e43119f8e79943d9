/** Of documents that are answered in parts: each comes with little waiting, and none is worth a message of its own. */
const PART_BYTES = 64 * 1024;

/** Gathers pieces of any size to parts of exactly so many bytes, of which the last may be smaller; none is empty. */
export async function* inChunks(
  pieces: AsyncIterable<Uint8Array>,
  size = PART_BYTES,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < size) continue;
    const all = Buffer.concat(waiting);
    let from = 0;
    for (; length - from >= size; from += size) yield all.subarray(from, from + size);
    waiting = [all.subarray(from)];
    length -= from;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** Parts of at most so many bytes, in their order; none is empty. */
export function* inParts(bytes: Uint8Array, size = PART_BYTES): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
