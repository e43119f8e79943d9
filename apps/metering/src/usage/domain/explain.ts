import type { Sample } from '../../domain/aggregation';
import { IdSet } from '../../unique-values/domain/id-set';
import type { UsagePlan } from './usage-plan';

/** Follows the parts of a plan along events that come in order of time. */
class PartWalk {
  #part = 0;

  constructor(
    private readonly plan: Pick<UsagePlan, 'parts'>,
    /** Called for each part, in order, when all of its events have come. */
    private readonly ended: (isInWindow: boolean) => void,
  ) {}

  moveTo(timestampMs: number): void {
    for (;;) {
      const part = this.plan.parts[this.#part];
      if (part === undefined || part.period.endMs > timestampMs) return;
      this.ended(part.window !== undefined);
      this.#part += 1;
    }
  }
}

/**
 * Finds the events that decide a maximum, minimum or latest value: one for each part of the plan, but for parts that
 * have none. Of equal values the first has it; the latest is the last in order.
 */
export class WinnerFinder {
  readonly #walk: PartWalk;
  readonly #keys = new Set<string>();
  #best: Sample | undefined;

  constructor(private readonly plan: Pick<UsagePlan, 'shape' | 'parts'>) {
    this.#walk = new PartWalk(plan, (isInWindow) => {
      if (isInWindow && this.#best !== undefined) this.#keys.add(this.#best.key);
      if (!plan.shape.recurring) this.#best = undefined;
    });
  }

  /** Takes the next event, in order of time, then key. */
  add(sample: Sample): void {
    this.#walk.moveTo(sample.timestampMs);
    if (this.#best === undefined || this.#isBetter(sample, this.#best)) this.#best = sample;
  }

  /** The keys of the events that decide, when all have come. */
  end(): ReadonlySet<string> {
    this.#walk.moveTo(Infinity);
    return this.#keys;
  }

  #isBetter({ value }: Sample, best: Sample): boolean {
    const { method } = this.plan.shape;
    if (method === 'latest') return true;
    if (typeof value !== 'bigint' || typeof best.value !== 'bigint') return false;
    return method === 'max' ? value > best.value : value < best.value;
  }
}

/** Tells which events are the first of their distinct value: in each part, or, of a recurring profile, at all. */
export class FirstFinder {
  readonly #walk: PartWalk;
  #ids = new IdSet();
  /** Values that have no number yet, as earlier events are still being counted. */
  #values = new Set<string>();

  constructor({ shape, parts }: Pick<UsagePlan, 'shape' | 'parts'>) {
    this.#walk = new PartWalk({ parts }, () => {
      if (shape.recurring) return;
      this.#ids = new IdSet();
      this.#values = new Set();
    });
  }

  /** Whether the next event, in order of time, then key, is the first of its value, which comes with its number. */
  isFirst({ timestampMs, value }: Sample, id: number | undefined): boolean {
    this.#walk.moveTo(timestampMs);
    if (id !== undefined) {
      if (this.#ids.has(id)) return false;
      this.#ids.add(id);
      return true;
    }
    const text = String(value);
    if (this.#values.has(text)) return false;
    this.#values.add(text);
    return true;
  }
}
