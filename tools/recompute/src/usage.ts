import type { EventBook, History, UsageBook } from './history';
import { greatest, rational, sumOf, ZERO, type Rational } from './rational';

/** What was counted. */
export interface Counted {
  readonly quantity: Rational;
  readonly events: number;
}

/** The raw events, asked again for each question. */
export class RawEvents {
  readonly #byAccount = new Map<string, EventBook[]>();
  readonly #voidedIn = new Map<string, number>();

  constructor({ events, voids }: Pick<History, 'events' | 'voids'>) {
    const seen = new Set<string>();
    for (const event of events) {
      // A key counts once, however often it is sent.
      if (seen.has(event.key)) continue;
      seen.add(event.key);
      const list = this.#byAccount.get(event.account) ?? [];
      list.push(event);
      this.#byAccount.set(event.account, list);
    }
    for (const { key, step } of voids)
      this.#voidedIn.set(key, Math.min(step, this.#voidedIn.get(key) ?? Infinity));
  }

  /** What is known before a step of an account's usage in [startMs, endMs). */
  count(
    account: string,
    usage: UsageBook,
    { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
    beforeStep: number,
  ): Counted {
    const events = (this.#byAccount.get(account) ?? []).filter(
      ({ step, event, atMs, key }) =>
        step < beforeStep &&
        event === usage.event &&
        startMs <= atMs &&
        atMs < endMs &&
        (this.#voidedIn.get(key) ?? Infinity) >= beforeStep,
    );
    return { quantity: quantityOf(usage, events), events: events.length };
  }
}

function quantityOf({ aggregation, property }: UsageBook, events: readonly EventBook[]): Rational {
  const texts = events.map(({ properties }) => properties[property ?? ''] ?? '0');
  const whole = (count: number) => rational(String(count));
  switch (aggregation) {
    case 'count':
      return whole(events.length);
    case 'unique':
      return whole(new Set(texts).size);
    case 'sum':
      return sumOf(texts.map(rational));
    case 'max':
      return texts.length === 0 ? ZERO : texts.map(rational).reduce(greatest);
  }
}
