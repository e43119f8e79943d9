import { decimal } from '@billingrails/money';
import type { Transactions } from '../usage';
import { takeFree, type FreePart } from './free-part';

/**
 * Counts transactions that come one by one, in the order of their time, then key, by what they report: so a month of
 * many is small where their amounts are alike. Of what is counted the same is free, by each of the free parts that it
 * was told of, as of the transactions themselves.
 */
export class TransactionCounter {
  /** Those before the last one that used up a free part. */
  readonly #before: Transactions[] = [];
  /** Those since then, by what they report. */
  #since = new Map<string, Transactions>();
  #open: readonly FreePart[];

  constructor(free: readonly FreePart[]) {
    this.#open = free;
  }

  /** `value` is a decimal in canonical text. */
  add(value: string): void {
    const known = this.#since.get(value);
    const one = { amount: known?.amount ?? decimal(value), count: 1n };
    const open = this.#open.flatMap((part) => takeFree(part, one).left ?? []);
    if (open.length < this.#open.length) {
      this.#before.push(...this.#sorted(), one);
      this.#since = new Map();
    } else this.#since.set(value, { ...one, count: (known?.count ?? 0n) + 1n });
    this.#open = open;
  }

  /** What was counted so far. */
  get transactions(): Transactions[] {
    return [...this.#before, ...this.#sorted()];
  }

  /**
   * By rising amounts their sum is never more, on the way, than it is at the beginning or at the end: where none of
   * them uses up what is free, none does so in this order.
   */
  #sorted(): Transactions[] {
    return [...this.#since.values()].sort((a, b) => a.amount.cmp(b.amount));
  }
}
