import type { CorrectionBook, EventBook, History, UsageBook } from '../history';
import { greatest, rational, sumOf, ZERO, type Rational } from '../rational';

/** What was counted. */
export interface Counted {
  readonly quantity: Rational;
  readonly events: number;
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** In a step events are sent first, and corrected then: a part of a step stands for what is known between. */
const CORRECTED = 0.5;

type Content = Pick<EventBook, 'event' | 'atMs' | 'properties'>;

/** The raw events, asked again for each question. */
export class RawEvents {
  readonly #byAccount = new Map<string, EventBook[]>();
  readonly #corrections = new Map<string, CorrectionBook[]>();

  constructor({ events, corrections }: Pick<History, 'events' | 'corrections'>) {
    const seen = new Set<string>();
    for (const event of events) {
      // A key counts once, however often it is sent.
      if (seen.has(event.key)) continue;
      seen.add(event.key);
      this.#byAccount.set(event.account, [...(this.#byAccount.get(event.account) ?? []), event]);
    }
    for (const correction of corrections) {
      const { key } = correction;
      this.#corrections.set(key, [...(this.#corrections.get(key) ?? []), correction]);
    }
  }

  /** The first step from one on, before another, in which usage of an account before an instant has changed. */
  firstStep(
    account: string,
    untilMs: (step: number) => number,
    { from, before }: { readonly from: number; readonly before: number },
  ): number | undefined {
    const events = this.#byAccount.get(account) ?? [];
    const changes = events.flatMap((event) => [
      event,
      ...(this.#corrections.get(event.key) ?? []).map(({ step, to = event }) => ({
        step,
        atMs: Math.min(event.atMs, to.atMs),
      })),
    ]);
    const steps = changes.filter(({ atMs, step }) => atMs < untilMs(step)).map(({ step }) => step);
    const wanted = steps.filter((step) => step >= from && step < before);
    return wanted.length === 0 ? undefined : Math.min(...wanted);
  }

  /** What is known before a step of an account's usage in [startMs, endMs). */
  count(account: string, usage: UsageBook, span: Span, beforeStep: number): Counted {
    return countedOf(usage, this.#contents(account, usage, span, beforeStep));
  }

  /** Whether an event has come before a step, whatever became of it. */
  isKnown(account: string, key: string, beforeStep: number): boolean {
    const events = this.#byAccount.get(account) ?? [];
    return events.some((event) => event.key === key && event.step < beforeStep);
  }

  /** When what is known before a step of an account's usage in [startMs, endMs) happened. */
  instants(account: string, usage: UsageBook, span: Span, beforeStep: number): number[] {
    return this.#contents(account, usage, span, beforeStep).map(({ atMs }) => atMs);
  }

  /** The same for each group, by its value; "none" are the events without one. */
  countGroups(
    account: string,
    usage: UsageBook,
    span: Span,
    beforeStep: number,
  ): Map<string, Counted> {
    const groups = new Map<string, Content[]>();
    for (const content of this.#contents(account, usage, span, beforeStep)) {
      const group = content.properties[usage.groupBy ?? ''] ?? 'none';
      groups.set(group, [...(groups.get(group) ?? []), content]);
    }
    return new Map([...groups].map(([group, contents]) => [group, countedOf(usage, contents)]));
  }

  #contents(account: string, usage: UsageBook, span: Span, beforeStep: number): Content[] {
    return (this.#byAccount.get(account) ?? [])
      .filter(({ step }) => step < beforeStep)
      .flatMap((event): Content[] => {
        const corrections = this.#corrections.get(event.key) ?? [];
        const last = corrections.filter(({ step }) => step + CORRECTED < beforeStep).at(-1);
        const content = last === undefined ? event : last.to;
        return content === undefined ? [] : [content];
      })
      .filter(
        ({ event, atMs }) => event === usage.event && span.startMs <= atMs && atMs < span.endMs,
      );
  }
}

function countedOf(usage: UsageBook, contents: readonly Content[]): Counted {
  return { quantity: quantityOf(usage, contents), events: contents.length };
}

function quantityOf({ aggregation, property }: UsageBook, events: readonly Content[]): Rational {
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
