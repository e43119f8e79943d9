/** How many ids a container may hold: it has those with the same upper bits. */
const CONTAINER_BITS = 16;
const LOW_BITS = (1 << CONTAINER_BITS) - 1;
const BITMAP_BYTES = (1 << CONTAINER_BITS) / 8;
/** An encoded container of so many bytes is a bitmap; a shorter one lists its ids. */
const LISTED_MAX = BITMAP_BYTES / 2 - 1;

/** The lower bits of ids: few as a sorted list, many as a bitmap (id 0 is the lowest bit of the first byte). */
type Container = Uint16Array | Uint8Array;

/** The container that an id lies in. */
export function containerOf(id: number): number {
  return id >>> CONTAINER_BITS;
}

/**
 * A set of small integers: exact, and at most a bit for each of the integers up to the greatest. Encoded a container at
 * a time: less than 8 KiB as a sorted list of the ids' lower 16 bits, each little-endian; 8 KiB as a bitmap of them.
 */
export class IdSet {
  /** Lists are never changed, only replaced, so sets may share them. A bitmap belongs to one set. */
  readonly #containers = new Map<number, Container>();

  /** The set of these ids, in any order, also repeated. */
  static of(ids: Iterable<number>): IdSet {
    const lows = new Map<number, number[]>();
    for (const id of ids) {
      const container = lows.get(containerOf(id));
      if (container === undefined) lows.set(containerOf(id), [id & LOW_BITS]);
      else container.push(id & LOW_BITS);
    }
    const set = new IdSet();
    for (const [container, low] of lows) set.#put(container, listOf(low));
    return set;
  }

  /** The set of one encoded container. */
  static decode(container: number, bytes: Uint8Array): IdSet {
    const set = new IdSet();
    if (bytes.length === BITMAP_BYTES) {
      set.#containers.set(container, Uint8Array.from(bytes));
    } else {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const list = Uint16Array.from({ length: bytes.length / 2 }, (_, at) =>
        view.getUint16(at * 2, true),
      );
      if (list.length > 0) set.#containers.set(container, list);
    }
    return set;
  }

  /** Its containers, encoded, in no order; none of them is empty. */
  *encode(): Generator<readonly [container: number, bytes: Uint8Array]> {
    for (const [container, ids] of this.#containers) yield [container, encoded(ids)];
  }

  /** Whether it has an id. */
  has(id: number): boolean {
    const container = this.#containers.get(containerOf(id));
    const low = id & LOW_BITS;
    if (container instanceof Uint16Array) return container[placeIn(container, low)] === low;
    return (((container?.[low >> 3] ?? 0) >> (low & 7)) & 1) === 1;
  }

  /** Adds an id. */
  add(id: number): void {
    this.or(IdSet.of([id]));
  }

  /** Adds all ids of another set. */
  or(other: IdSet): void {
    for (const [container, ids] of other.#containers) this.#put(container, ids);
  }

  /** How many ids it has. */
  get size(): number {
    let size = 0;
    for (const ids of this.#containers.values()) {
      size += ids instanceof Uint16Array ? ids.length : bitsSet(ids);
    }
    return size;
  }

  #put(container: number, added: Container): void {
    const present = this.#containers.get(container);
    if (present === undefined) {
      this.#containers.set(container, smallest(added));
    } else if (present instanceof Uint16Array && added instanceof Uint16Array) {
      this.#containers.set(container, smallest(merged(present, added)));
    } else {
      const bitmap = present instanceof Uint16Array ? bitmapOf(present) : present;
      orInto(bitmap, added);
      this.#containers.set(container, bitmap);
    }
  }
}

function listOf(lows: readonly number[]): Uint16Array {
  const sorted = Uint16Array.from(lows).sort();
  return sorted.filter((low, at) => at === 0 || low !== sorted[at - 1]);
}

/** The container as it is kept: a long list as a bitmap, and a bitmap as a copy of its own. */
function smallest(ids: Container): Container {
  if (ids instanceof Uint16Array) return ids.length > LISTED_MAX ? bitmapOf(ids) : ids;
  return Uint8Array.from(ids);
}

/** Where a sorted list has, or would have, a number. */
function placeIn(list: Uint16Array, low: number): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((list[middle] ?? low) < low) from = middle + 1;
    else to = middle;
  }
  return from;
}

function merged(a: Uint16Array, b: Uint16Array): Uint16Array {
  const both = new Uint16Array(a.length + b.length);
  let length = 0;
  for (let inA = 0, inB = 0; inA < a.length || inB < b.length; length += 1) {
    const next = Math.min(a[inA] ?? Infinity, b[inB] ?? Infinity);
    if (a[inA] === next) inA += 1;
    if (b[inB] === next) inB += 1;
    both[length] = next;
  }
  return both.slice(0, length);
}

function bitmapOf(list: Uint16Array): Uint8Array {
  const bitmap = new Uint8Array(BITMAP_BYTES);
  orInto(bitmap, list);
  return bitmap;
}

function orInto(bitmap: Uint8Array, ids: Container): void {
  if (ids instanceof Uint16Array) {
    for (const low of ids) bitmap[low >> 3] = (bitmap[low >> 3] ?? 0) | (1 << (low & 7));
  } else {
    const words = wordsOf(bitmap);
    const added = wordsOf(ids);
    for (let at = 0; at < words.length; at += 1) words[at] = (words[at] ?? 0) | (added[at] ?? 0);
  }
}

function encoded(ids: Container): Uint8Array {
  if (!(ids instanceof Uint16Array)) return ids;
  const bytes = new Uint8Array(ids.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [at, low] of ids.entries()) view.setUint16(at * 2, low, true);
  return bytes;
}

function bitsSet(bitmap: Uint8Array): number {
  let count = 0;
  for (const word of wordsOf(bitmap)) {
    // Adds neighbouring bits, then pairs, then nibbles; the multiplication adds the four bytes.
    const pairs = word - ((word >>> 1) & 0x55555555);
    const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
    count += Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** The same bits, 32 at a time. Every bitmap has a buffer of its own, so it begins on a word. */
function wordsOf(bitmap: Uint8Array): Uint32Array {
  return new Uint32Array(bitmap.buffer, bitmap.byteOffset, BITMAP_BYTES / 4);
}
