import { instantOf, wallMs } from './calendar';
import type { CycleBook } from '../history/cycles';

const DAY_MS = 86_400_000;
/** A Monday. */
const MONDAY_WALL_MS = Date.UTC(2024, 0, 1);
const MONTHS = { month: 1, quarter: 3, half_year: 6, year: 12 };

export interface Cycle {
  readonly number: number;
  readonly startMs: number;
  readonly endMs: number;
  /** When it would have begun, were it no short first one. */
  readonly wholeStartMs: number;
}

/** The cycles of a subscription, by the calendar of its zone. */
export class Cycles {
  readonly #startMs: number;
  readonly #timeZone: string;
  readonly #book: CycleBook;
  /** Which boundary ends cycle 0. */
  readonly #first: number;
  readonly #boundaries = new Map<number, number>();

  constructor(startMs: number, timeZone: string, book: CycleBook) {
    this.#startMs = startMs;
    this.#timeZone = timeZone;
    this.#book = book;
    let n = 0;
    while (this.#boundaryMs(n) > startMs) n -= 1;
    while (this.#boundaryMs(n) <= startMs) n += 1;
    this.#first = n;
  }

  cycle(number: number): Cycle {
    const endMs = this.#boundaryMs(this.#first + number);
    const wholeStartMs = this.#boundaryMs(this.#first + number - 1);
    return { number, startMs: Math.max(wholeStartMs, this.#startMs), endMs, wholeStartMs };
  }

  /** The number of the cycle that holds the instant; 0 before the start. */
  at(ms: number): number {
    let number = 0;
    while (this.cycle(number).endMs <= ms) number += 1;
    return number;
  }

  #boundaryMs(n: number): number {
    const known = this.#boundaries.get(n);
    if (known !== undefined) return known;
    const ms = this.#countedMs(n);
    this.#boundaries.set(n, ms);
    return ms;
  }

  #countedMs(n: number): number {
    const { unit, count, anchor } = this.#book;
    const wall = this.#anchorWallMs();
    if (unit === 'day' || unit === 'week')
      return instantOf(wall + n * count * (unit === 'week' ? 7 : 1) * DAY_MS, this.#timeZone);
    const at = new Date(wall);
    const [year, month] = [at.getUTCFullYear(), at.getUTCMonth() + n * count * MONTHS[unit]];
    const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    const wanted = anchor.kind === 'date' ? anchor.day : at.getUTCDate();
    const timeOfDay = wall - Math.floor(wall / DAY_MS) * DAY_MS;
    const date = Date.UTC(year, month, Math.min(wanted, lastDay));
    return instantOf(date + timeOfDay, this.#timeZone);
  }

  #anchorWallMs(): number {
    const { anchor } = this.#book;
    switch (anchor.kind) {
      case 'start':
        return wallMs(this.#startMs, this.#timeZone);
      case 'time':
        return wallMs(anchor.ms, this.#timeZone);
      case 'weekday':
        return MONDAY_WALL_MS + (anchor.day - 1) * DAY_MS;
      case 'date':
        return Date.UTC(2024, anchor.month - 1, 1);
    }
  }
}
