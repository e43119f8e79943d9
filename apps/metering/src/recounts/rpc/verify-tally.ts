import type { Meter } from '../../meters/domain/meter';
import type { Comparison } from '../use-cases/compare-hours';
import { toDifference } from './verify-messages';

/** Told at least so often. */
const PROGRESS_MS = 1_000;
/** Told at once when there are so many. */
const DIFFERENCES_PER_MESSAGE = 100;

/** What a call has found, and has yet to tell. */
export class Tally {
  #found: ReturnType<typeof toDifference>[] = [];
  #counts = { bucketCount: 0, eventCount: 0, differenceCount: 0 };
  #toldAtMs = performance.now();
  #longestMs = 0;

  /** How long a day took at most. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** Adds what came of a day. */
  add(meter: Meter, { differences, bucketCount, eventCount }: Comparison, tookMs: number): void {
    this.#counts = {
      bucketCount: this.#counts.bucketCount + bucketCount,
      eventCount: this.#counts.eventCount + eventCount,
      differenceCount: this.#counts.differenceCount + differences.length,
    };
    this.#found.push(...differences.map((difference) => toDifference(meter, difference)));
    this.#longestMs = Math.max(this.#longestMs, tookMs);
  }

  /** In how long the caller is to be told. */
  dueInMs(): number {
    if (this.#found.length >= DIFFERENCES_PER_MESSAGE) return 0;
    return Math.max(0, this.#toldAtMs + PROGRESS_MS - performance.now());
  }

  /** What to tell now. */
  told() {
    const differences = this.#found;
    this.#found = [];
    this.#toldAtMs = performance.now();
    const { bucketCount, eventCount, differenceCount } = this.#counts;
    return {
      differences,
      bucketCount: BigInt(bucketCount),
      eventCount: BigInt(eventCount),
      differenceCount: BigInt(differenceCount),
    };
  }
}
