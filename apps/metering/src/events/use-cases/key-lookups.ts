/** So many chunks without a taken key in a row, and the next is expected to have none either. */
const FREE_IN_A_ROW = 32;

/**
 * Whether the keys of a chunk's events are looked up before they are taken. Nearly all chunks have only new keys, and
 * then looking is for nothing: taking them fails by itself when one is taken, and the chunk is applied again with
 * looking. A caller that sends events again often sends many, so for a while the next chunks are looked up at once.
 */
export class KeyLookups {
  #expected = 0;

  /** Whether the next chunk is to be looked up. */
  get needed(): boolean {
    return this.#expected > 0;
  }

  /** Notes what came of a chunk: whether any of its keys was taken. */
  note(anyTaken: boolean): void {
    this.#expected = anyTaken ? FREE_IN_A_ROW : Math.max(0, this.#expected - 1);
  }
}
