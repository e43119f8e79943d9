import { datesBetween } from './calendar';
import { Cycles, type Cycle } from './cycles';
import type {
  BilledMeanwhile,
  CycleBook,
  FactBook,
  FeeBook,
  PriceCorrectionBook,
  Proration,
  SubscriptionBook,
} from './history';
import { fractionOf, greatest, least, type Rational } from './rational';

const NONE = fractionOf(0n, 1n);
const ALL = fractionOf(1n, 1n);

/** Something that was agreed, with the instant from which it holds. */
export type Fact = (FactBook | TrialEnd | { readonly kind: 'taken_back' }) & {
  readonly fromMs: number;
};

interface TrialEnd {
  readonly kind: 'trial_ended';
  readonly converts: boolean;
  readonly proration: Proration;
}

/** What holds in a part of a cycle. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  /** How much of the cycle lies before its ends. */
  readonly start: Rational;
  readonly end: Rational;
  readonly plan: string;
  readonly quantity: string;
  /** What is charged while it is paused. */
  readonly paused?: BilledMeanwhile;
  /** What is charged while it is on trial. */
  readonly trial?: BilledMeanwhile;
}

/** A subscription as it was known at some time. */
export class Agreement {
  readonly facts: readonly Fact[];
  readonly startMs: number;
  readonly timeZone: string;
  readonly cycles: Cycles;
  readonly #book: CycleBook;

  constructor(
    { facts, timeZone, cycles }: SubscriptionBook,
    knownUntilStep: number,
    stepsMs: readonly number[],
    /** Those that are known and are of this subscription or of all. */
    readonly corrections: readonly PriceCorrectionBook[],
  ) {
    const [first] = facts;
    if (first?.kind !== 'subscribed') throw new Error('The first fact is that it was subscribed.');
    this.startMs = first.startMs;
    this.timeZone = timeZone;
    this.cycles = new Cycles(first.startMs, timeZone, cycles);
    this.#book = cycles;
    this.facts = facts
      .filter(({ step }) => step <= knownUntilStep)
      .reduce<Fact[]>((before, fact) => this.#with(before, fact, stepsMs[fact.step] ?? 0), []);
  }

  /** What was agreed before, as the fact leaves it, and the fact. */
  #with(before: Fact[], fact: FactBook, saidMs: number): Fact[] {
    const fromMs = this.#fromMs(fact, saidMs);
    if (fact.kind === 'paused' && fact.resumeMs !== undefined) {
      const { step, when, proration, resumeMs } = fact;
      const end = { kind: 'resumed', step, when, proration, fromMs: resumeMs } as const;
      return [...before, { ...fact, fromMs }, end];
    }
    if (fact.kind === 'subscribed' && fact.trial !== undefined) {
      const { endMs, converts } = fact.trial;
      const { firstProration: proration } = this.#book;
      return [
        ...before,
        { ...fact, fromMs },
        { kind: 'trial_ended', converts, proration, fromMs: endMs },
      ];
    }
    if (fact.kind === 'converted') {
      const { proration } = fact;
      const left = before.map((other): Fact =>
        other.kind === 'trial_ended' ? { kind: 'taken_back', fromMs: saidMs } : other,
      );
      return [...left, { kind: 'trial_ended', converts: true, proration, fromMs }];
    }
    if (fact.kind !== 'resumed') return [...before, { ...fact, fromMs }];
    const pause = before.filter(({ kind }) => kind === 'paused').at(-1);
    const never = pause !== undefined && pause.fromMs > saidMs && fromMs <= pause.fromMs;
    const toCome = before.find((other) => other.kind === 'resumed' && other.fromMs > saidMs);
    const left = before.map((other): Fact =>
      other === toCome || (never && other === pause)
        ? { kind: 'taken_back', fromMs: saidMs }
        : other,
    );
    return never ? left : [...left, { ...fact, fromMs }];
  }

  #fromMs(fact: FactBook, saidMs: number): number {
    const presentMs = Math.max(saidMs, this.startMs);
    if (fact.kind === 'subscribed') return fact.startMs;
    if (fact.kind === 'one_off' || fact.when.kind === 'now') return presentMs;
    if (fact.when.kind === 'at') return Math.max(fact.when.ms, this.startMs);
    return this.cycles.cycle(this.cycles.at(presentMs)).endMs;
  }

  /** When nothing is owed any more; Infinity while nobody has said so. */
  get endMs(): number {
    const ends = this.facts
      .filter(
        (fact) => fact.kind === 'cancelled' || (fact.kind === 'trial_ended' && !fact.converts),
      )
      .map(({ fromMs }) => fromMs);
    return Math.min(Infinity, ...ends);
  }

  /** The stretches of a cycle; for what recurs without those that changes without proration would make. */
  stretches(cycle: Cycle, recurring: boolean): Stretch[] {
    const cuts = this.#changes().filter(
      ({ fromMs, proration }) =>
        cycle.startMs < fromMs && fromMs < cycle.endMs && !(recurring && proration === 'none'),
    );
    const before = this.#changes().filter(({ fromMs }) => fromMs <= cycle.startMs);
    const heard = [...before, ...cuts];
    const corrected = this.corrections
      .map(({ fromMs }) => fromMs)
      .filter((ms) => cycle.startMs < ms && ms < cycle.endMs);
    const inside = new Set([...cuts.map(({ fromMs }) => fromMs), ...corrected]);
    const bounds = [cycle.startMs, ...[...inside].sort((a, b) => a - b), cycle.endMs];
    const places = bounds.map((ms) => this.#placeOfCut(cycle, ms, cuts));
    return bounds.slice(1).flatMap((endMs, index): Stretch[] => {
      const startMs = bounds[index] ?? 0;
      const terms = termsBy(heard.filter(({ fromMs }) => fromMs <= startMs));
      if (terms === undefined) return [];
      const [start = NONE, end = ALL] = places.slice(index);
      return [{ startMs, endMs, start, end, ...terms }];
    });
  }

  /** The fee as it is priced at an instant. */
  priced(fee: FeeBook, ms: number): FeeBook {
    const of = this.corrections.filter((each) => each.fee === fee.name && each.fromMs <= ms);
    const own = of.filter(({ subscription }) => subscription !== undefined);
    const heard = own.length > 0 ? own : of;
    const sinceMs = Math.max(...heard.map(({ fromMs }) => fromMs));
    const last = heard.filter(({ fromMs }) => fromMs === sinceMs).at(-1);
    if (last === undefined) return fee;
    const { model, terms, groupPrices } = last;
    return { ...fee, model, terms, ...(groupPrices && { groupPrices }) };
  }

  /** What changes the terms, by the instant. */
  #changes(): Change[] {
    return this.facts
      .flatMap((fact): Change[] => {
        if (fact.kind === 'one_off' || fact.kind === 'taken_back') return [];
        return [
          {
            fact,
            fromMs: fact.fromMs,
            proration: fact.kind === 'subscribed' ? 'second' : fact.proration,
          },
        ];
      })
      .sort((a, b) => a.fromMs - b.fromMs);
  }

  /**
   * A change lies where its proration puts it or where an earlier one of the cycle lies, whichever is later. What is no
   * change lies at its time, but between the changes around it.
   */
  #placeOfCut(cycle: Cycle, ms: number, cuts: readonly Change[]): Rational {
    // Where a change takes effect for usage alone, no price is shared.
    const own = ({ fromMs }: { fromMs: number }) => {
      const { proration } = cuts.filter((each) => each.fromMs === fromMs).at(-1) ?? {};
      return this.#place(cycle, fromMs, proration === 'day' ? 'day' : 'second');
    };
    // A short first cycle begins as it was agreed.
    const begin = this.#place(cycle, cycle.startMs, this.#book.firstProration);
    if (ms === cycle.startMs) return begin;
    const latest = (until: number) =>
      cuts
        .filter(({ fromMs }) => fromMs <= until)
        .map(own)
        .reduce(greatest, begin);
    if (cuts.some(({ fromMs }) => fromMs === ms)) return latest(ms);
    const next = cuts.find(({ fromMs }) => fromMs > ms);
    const exact = greatest(this.#place(cycle, ms, 'second'), latest(ms));
    return next === undefined ? exact : least(exact, latest(next.fromMs));
  }

  #place(cycle: Cycle, ms: number, proration: Proration): Rational {
    const { wholeStartMs: startMs, endMs } = cycle;
    if (ms === startMs || proration === 'none') return fractionOf(0n, 1n);
    if (ms === endMs) return fractionOf(1n, 1n);
    const length =
      proration === 'day'
        ? (until: number) => datesBetween(startMs, until, this.timeZone)
        : (until: number) => until - startMs;
    return fractionOf(BigInt(length(ms)), BigInt(length(endMs)));
  }
}

interface Change {
  readonly fact: Exclude<Fact, { kind: 'one_off' | 'taken_back' }>;
  readonly fromMs: number;
  readonly proration: Proration;
}

type Terms = Pick<Stretch, 'plan' | 'quantity' | 'paused' | 'trial'>;

function termsBy(changes: readonly Change[]): Terms | undefined {
  let terms: Terms | undefined;
  for (const { fact } of changes) {
    if (fact.kind === 'subscribed') {
      const { plan, quantity, trial } = fact;
      terms = { plan, quantity, ...(trial === undefined ? {} : { trial: trial.billed }) };
    } else if (fact.kind === 'cancelled') terms = undefined;
    else if (fact.kind === 'trial_ended' && !fact.converts) terms = undefined;
    else if (terms === undefined) continue;
    else if (fact.kind === 'paused') terms = { ...terms, paused: fact.billed };
    else if (fact.kind === 'resumed') terms = without(terms, 'paused');
    else if (fact.kind === 'trial_ended') terms = without(terms, 'trial');
    else if (fact.kind === 'changed')
      terms = {
        ...terms,
        plan: fact.plan ?? terms.plan,
        quantity: fact.quantity ?? terms.quantity,
      };
  }
  return terms;
}

function without(terms: Terms, what: 'paused' | 'trial'): Terms {
  const { [what]: _, ...left } = terms;
  return left;
}
