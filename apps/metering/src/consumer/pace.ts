import type { ChunkLimits } from './chunks';

const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 2_000;
/** The smallest part of the limits that chunks shrink to. */
const PART_MIN = 1 / 32;

/**
 * How fast a lane goes. After a failure it waits, longer each time, and takes smaller chunks: a database that is short
 * of memory or time may refuse a large transaction again and again, and take the same events in smaller ones.
 */
export class Pace {
  #backoffMs = BACKOFF_FIRST_MS;
  #part = 1;

  constructor(private readonly greatest: ChunkLimits) {}

  /** What the next chunk may hold. */
  get limits(): ChunkLimits {
    return {
      eventCount: Math.max(1, this.greatest.eventCount * this.#part),
      byteCount: Math.max(1, this.greatest.byteCount * this.#part),
    };
  }

  /** Notes a failure; returns how long to wait before the next try. */
  failed(): number {
    const waitMs = this.#backoffMs;
    this.#backoffMs = Math.min(waitMs * 2, BACKOFF_MAX_MS);
    this.#part = Math.max(this.#part / 2, PART_MIN);
    return waitMs;
  }

  /** Notes a chunk that was applied. */
  succeeded(): void {
    this.#backoffMs = BACKOFF_FIRST_MS;
    this.#part = Math.min(this.#part * 2, 1);
  }
}
