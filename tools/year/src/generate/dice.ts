import { seededRandom } from '@billingrails/testing';

/** What is random, by a seed: the same seed throws the same. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** True in so many of a hundred throws. */
  percent(of: number): boolean {
    return this.#random() * 100 < of;
  }

  oneOf<T>(all: readonly T[]): T {
    const one = all[this.whole(0, all.length - 1)];
    if (one === undefined) throw new Error('One of nothing.');
    return one;
  }

  /** A decimal with at most so many digits after the point. */
  decimal(most: number, digits: number): string {
    const scale = 10 ** digits;
    const units = this.whole(1, most * scale);
    const fraction = String(units % scale).padStart(digits, '0');
    return digits === 0 ? String(units) : `${Math.floor(units / scale)}.${fraction}`;
  }
}

/** The dice of a seed: those that most is thrown by, and others for subjects. */
export class Dices {
  readonly main: Dice;
  readonly #others = new Map<string, Dice>();

  constructor(readonly seed: number) {
    this.main = new Dice(seed);
  }

  /** Of their own for a subject, so that what else happens is the same with it and without it. */
  of(subject: string): Dice {
    const known = this.#others.get(subject);
    if (known !== undefined) return known;
    const text = [...`${this.seed}/${subject}`];
    const dice = new Dice(
      text.reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 2_147_483_647, 7),
    );
    this.#others.set(subject, dice);
    return dice;
  }
}
