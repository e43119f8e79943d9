import { isDeepStrictEqual } from 'node:util';
import { become } from '.';
import { datesBetween } from '../calendar/calendar';
import { Cycles, type Cycle } from '../calendar/cycles';
import type {
  CycleBook,
  FeeBook,
  PriceCorrectionBook,
  Proration,
  SubscriptionBook,
} from '../history';
import { fractionOf, greatest, least, type Rational } from '../rational';
import { end } from './cancelled';
import type { AgreedFee, Fact, Terms } from './fact';

const NONE = fractionOf(0n, 1n);
const ALL = fractionOf(1n, 1n);

/** What holds in a part of a cycle. */
export interface Stretch extends Terms {
  readonly startMs: number;
  readonly endMs: number;
  /** How much of the cycle lies before its ends. */
  readonly start: Rational;
  readonly end: Rational;
}

/** A subscription as it was known at some time. */
export class Agreement {
  readonly facts: readonly Fact[];
  readonly startMs: number;
  readonly timeZone: string;
  readonly cycles: Cycles;
  readonly #book: CycleBook;
  #changing: Change[] | undefined;

  constructor(
    readonly book: SubscriptionBook,
    knownUntilStep: number,
    readonly stepsMs: readonly number[],
    /** Those that are known and are of this subscription or of all. */
    readonly corrections: readonly PriceCorrectionBook[],
    /** In place of ends that were said. */
    ending?: Fact,
  ) {
    const { facts, timeZone, cycles } = book;
    const [first] = facts;
    if (first?.kind !== 'subscribed') throw new Error('The first fact is that it was subscribed.');
    this.startMs = first.startMs;
    this.timeZone = timeZone;
    this.cycles = new Cycles(first.startMs, timeZone, cycles);
    this.#book = cycles;
    const { startMs, cycles: counted } = this;
    const said = facts
      .filter(({ step }) => step <= knownUntilStep)
      .reduce<Fact[]>((before, fact) => {
        const ms = stepsMs[fact.step] ?? 0;
        const of = { ms, startMs, timeZone, cycles: counted, cycleBook: cycles };
        return become(before, fact, of);
      }, []);
    this.facts =
      ending === undefined ? said : [...said.filter(({ kind }) => kind !== 'cancelled'), ending];
  }

  /** The same as it was known before a step, ending at an instant and not when it was to. */
  endingAt({ ms, proration, step }: { ms: number; proration: Proration; step: number }): Agreement {
    const corrections = this.corrections.filter((each) => each.step < step);
    return new Agreement(this.book, step - 1, this.stepsMs, corrections, end(ms, proration));
  }

  /** When nothing is owed any more; Infinity while nobody has said so. */
  get endMs(): number {
    return Math.min(Infinity, ...this.facts.filter(({ ends }) => ends).map(({ fromMs }) => fromMs));
  }

  /** The stretches of a cycle; for what recurs without those that changes without proration would make. */
  stretches(cycle: Cycle, recurring: boolean): Stretch[] {
    const cuts = this.changes.filter(
      ({ fromMs, proration }) =>
        cycle.startMs < fromMs && fromMs < cycle.endMs && !(recurring && proration === 'none'),
    );
    const before = this.changes.filter(({ fromMs }) => fromMs <= cycle.startMs);
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

  /** The terms at an instant, without regard to how changes are charged. */
  termsAt(ms: number): Terms | undefined {
    return termsBy(this.changes.filter(({ fromMs }) => fromMs <= ms));
  }

  /** When terms change, in order. */
  get instants(): number[] {
    return [...new Set(this.changes.map(({ fromMs }) => fromMs))];
  }

  /**
   * The fee as it is priced at an instant under terms: what was said of one subscription alone holds before what was
   * said of all, and of each what took effect last, and of one instant what was said last.
   */
  priced(fee: FeeBook, ms: number, { fees }: Pick<Terms, 'fees'>): FeeBook {
    const of = this.corrections.filter((each) => each.fee === fee.name && each.fromMs <= ms);
    const corrected = of.filter(({ subscription }) => subscription !== undefined);
    const agreed = fees?.[fee.name];
    // In a step prices are corrected after what else is said.
    const own = [...corrected, ...(agreed === undefined ? [] : [agreed])].sort(
      (a, b) => a.fromMs - b.fromMs || a.step - b.step || (a === agreed ? -1 : 1),
    );
    const last = own.at(-1);
    const said = last === undefined || 'model' in last ? last : last.price;
    const listed = of
      .filter(({ subscription }) => subscription === undefined)
      .reduce<PriceCorrectionBook | undefined>(
        (best, each) => (best === undefined || each.fromMs >= best.fromMs ? each : best),
        undefined,
      );
    const right = said ?? listed;
    if (right === undefined) return fee;
    const { model, terms, groupPrices } = right;
    return { ...fee, model, terms, ...(groupPrices && { groupPrices }) };
  }

  /** What changes the terms, by the instant; what says what is so by then changes nothing. */
  get changes(): readonly Change[] {
    if (this.#changing !== undefined) return this.#changing;
    const all = this.facts
      .flatMap((fact): Change[] => {
        const { proration } = fact;
        return proration === undefined ? [] : [{ ...fact, proration }];
      })
      .sort((a, b) => a.fromMs - b.fromMs);
    let held: Terms | undefined;
    this.#changing = all.filter((change) => {
      const before = held;
      held = termsBy([change], before);
      return !SAYING.has(change.kind) || !this.#isSame(change, before, held);
    });
    return this.#changing;
  }

  #isSame({ fee, fromMs }: Change, before: Terms | undefined, after: Terms | undefined): boolean {
    if (fee === undefined)
      return isDeepStrictEqual({ addOns: {}, ...before }, { addOns: {}, ...after });
    const [old, now] = [before?.fees?.[fee], after?.fees?.[fee]];
    const chargedAs = ({ price, removed = false }: Partial<AgreedFee>) => [price, removed];
    if (now === undefined || !isDeepStrictEqual(chargedAs(old ?? {}), chargedAs(now))) return false;
    // What was corrected since for this subscription alone is charged otherwise.
    return !this.corrections.some(
      (each) =>
        each.subscription !== undefined &&
        each.fee === fee &&
        isBetween(each, old, { fromMs, step: now.step }),
    );
  }

  /**
   * A change lies where its proration puts it or where an earlier one of the cycle lies, whichever is later. What is no
   * change lies at its time, but between the changes around it.
   */
  #placeOfCut(cycle: Cycle, ms: number, cuts: readonly Change[]): Rational {
    // Where a change takes effect for usage alone, no price is shared.
    const own = ({ fromMs }: { fromMs: number }) => {
      const { proration, ends } = cuts.filter((each) => each.fromMs === fromMs).at(-1) ?? {};
      // Nothing is given back of the cycle in which it ends.
      if (ends === true && proration === 'none') return ALL;
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

type Change = Fact & { readonly proration: Proration };

/** What may say what is so already. */
const SAYING = new Set(['changed', 'add_on', 'fee']);

interface From {
  readonly fromMs: number;
  readonly step: number;
}

/** Whether a correction takes effect between what was agreed of a fee: of one instant what was said later is later. */
function isBetween(correction: From, before: From | undefined, after: From): boolean {
  const isAfter = (of: From) =>
    correction.fromMs > of.fromMs ||
    (correction.fromMs === of.fromMs && correction.step >= of.step);
  return (before === undefined || isAfter(before)) && !isAfter(after);
}

function termsBy(changes: readonly Change[], before?: Terms): Terms | undefined {
  let held = before;
  for (const { begins, terms } of changes) {
    if (begins !== undefined) held = begins;
    else if (held !== undefined && terms !== undefined) held = terms(held);
  }
  return held;
}
