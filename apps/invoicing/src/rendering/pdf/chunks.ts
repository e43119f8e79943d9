/** Gathers pieces of any size to parts of exactly `size` bytes, of which the last may be smaller; none is empty. */
export async function* inChunks(
  pieces: AsyncIterable<Uint8Array>,
  size: number,
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
