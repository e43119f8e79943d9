import { assert } from '@billingrails/errors';
import { cycleGrid, type CycleGrid } from './cycle-grid';
import type { CycleRule } from './cycle-rule';
import type { Period } from './period';
import { Zone } from './zone';

/** What cycles are counted by: where they start, in which zone's calendar, by which rule. */
export interface CycleStart {
  readonly startMs: number;
  /** A name that `isTimeZone` knows. */
  readonly timeZone: string;
  readonly rule: CycleRule;
}

/** A cycle and its number. */
export interface Cycle {
  /** From 0, rising. A date that the zone skips has no cycle of one day: its number is left out. */
  readonly number: number;
  readonly period: Period;
}

/**
 * The billing cycles of what starts at an instant: cycle 0 from the start to the first boundary after it, then from
 * boundary to boundary. They follow each other without gap or overlap.
 *
 * Boundaries are counted in the zone's calendar from the anchor itself, never from the boundary before: 31 January is
 * followed by the last of February, then by 31 March; 29 February by 28 February, and every fourth year by 29 February.
 * They keep the anchor's time of day. A time that the zone's clocks skip comes as much later; of one that they show
 * twice it is the first.
 */
export class BillingCycles {
  readonly #startMs: number;
  readonly #zone: Zone;
  readonly #grid: CycleGrid;
  /**
   * Whether the start is a boundary by itself, whatever the clocks show: of a time shown twice it may be the second.
   */
  readonly #startsWhole: boolean;
  /** The grid's number of the boundary at or before the start. */
  readonly #first: number;
  /** Boundaries that were asked for, by their number in the grid: the calendar's arithmetic is slow. */
  readonly #boundaries = new Map<number, number>();

  constructor({ startMs, timeZone, rule }: CycleStart) {
    const { anchor } = rule;
    this.#startMs = startMs;
    this.#zone = Zone.named(timeZone);
    this.#grid = cycleGrid(
      rule,
      this.#zone.wallMs(anchor.kind === 'instant' ? anchor.ms : startMs),
    );
    this.#startsWhole = anchor.kind === 'start';
    this.#first = this.#startsWhole ? 0 : this.#lastAtOrBefore(startMs);
  }

  /** The cycle of that number; empty for a number that is left out. */
  period(number: number): Period {
    assert(Number.isSafeInteger(number) && number >= 0, 'cycles are counted from 0');
    return { startMs: this.#startOf(number), endMs: this.#startOf(number + 1) };
  }

  /** The cycle that follows the one of that number. */
  after(number: number): Cycle {
    for (let next = number + 1; ; next += 1) {
      const period = this.period(next);
      if (period.startMs < period.endMs) return { number: next, period };
    }
  }

  /** The cycle that holds the instant; undefined before the start. */
  at(ms: number): Cycle | undefined {
    if (ms < this.#startMs) return undefined;
    const number = Math.max(this.#lastAtOrBefore(ms) - this.#first, 0);
    return { number, period: this.period(number) };
  }

  /**
   * The whole cycle of the grid that a cycle is part of: itself, but for a short first one, whose whole begins at the
   * boundary before the start. The price of a cycle is the price of this span.
   */
  whole(number: number): Period {
    const { startMs, endMs } = this.period(number);
    return number > 0 || this.#startsWhole
      ? { startMs, endMs }
      : { startMs: this.#boundary(this.#first), endMs };
  }

  #startOf(number: number): number {
    return number === 0 ? this.#startMs : this.#boundary(this.#first + number);
  }

  #boundary(index: number): number {
    const known = this.#boundaries.get(index);
    if (known !== undefined) return known;
    const boundary = this.#zone.instantOf(this.#grid.boundary(index));
    this.#boundaries.set(index, boundary);
    return boundary;
  }

  /** The grid's number of the last boundary at or before the instant; of those that coincide the last. */
  #lastAtOrBefore(ms: number): number {
    let index = this.#grid.near(this.#zone.wallMs(ms));
    while (this.#boundary(index) > ms) index -= 1;
    while (this.#boundary(index + 1) <= ms) index += 1;
    return index;
  }
}
