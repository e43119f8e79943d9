import { backOffMs } from '@billingrails/waits';

const RETRY = { firstMs: 50, maxMs: 2_000 };
/** The smallest part of the limits that steps shrink to. */
const PART_MIN = 1 / 32;

/**
 * How fast a lane or a backfill goes. After a failure it waits, longer each time, and takes smaller steps: a database
 * that is short of memory or time may refuse a large transaction again and again, and take the same events in smaller
 * ones. With each success they grow again.
 */
export class Pace<L extends Readonly<Record<keyof L, number>>> {
  #failures = 0;
  #part = 1;
  #succeeded = 0;

  /** Steps grow again after `patience` successes in a row, then with each one. */
  constructor(
    private readonly greatest: L,
    private readonly patience = 1,
  ) {}

  /** What the next step may hold. */
  get limits(): Record<keyof L, number> {
    const limits = Object.entries<number>(this.greatest);
    const reduced = limits.map(([name, limit]) => [
      name,
      Math.max(1, Math.floor(limit * this.#part)),
    ]);
    return Object.fromEntries(reduced) as Record<keyof L, number>;
  }

  /** Notes a failure; returns how long to wait before the next try. */
  failed(): number {
    this.#failures += 1;
    this.#part = Math.max(this.#part / 2, PART_MIN);
    this.#succeeded = 0;
    return backOffMs(RETRY, this.#failures);
  }

  /** Notes a step that was done. */
  succeeded(): void {
    this.#failures = 0;
    this.#succeeded += 1;
    if (this.#succeeded >= this.patience) this.#part = Math.min(this.#part * 2, 1);
  }
}
