import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@billingrails/testing';
import type { Platform } from '@billingrails/stack';

/**
 * Kills replicas of billing with kill -9 while the clock moves, in `count` steps by the seed, and starts them again.
 */
export class Kills {
  done = 0;
  readonly #random: () => number;

  constructor(
    readonly platform: Platform,
    readonly seed: number,
    readonly count: number,
  ) {
    this.#random = seededRandom(seed + 1);
  }

  async step(step: number, ofSteps: number): Promise<void> {
    // Of the steps that are left so many that it comes to `count`.
    const left = ofSteps - step;
    const [dice, waitMs, which] = [this.#random(), this.#random() * 300, this.#random()];
    if (dice * left >= this.count - this.done) return;
    this.done += 1;
    await delay(waitMs);
    const { billing } = this.platform.services.replicas;
    const replica = billing[Math.floor(which * billing.length)] ?? billing[0];
    await replica.kill();
    await replica.restart();
  }
}
