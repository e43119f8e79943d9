import {
  Cycles,
  endingBy,
  firstEndMs,
  isInTerm,
  type CancelledBook,
  type CycleBook,
  type FactBook,
  type PhaseBook,
  type PlanBook,
  type TermBook,
  type When,
} from '@billingrails/recompute';
import { ownCommitment } from '../catalogue/commitments';
import type { Dices } from '../dice';
import { cyclesOf, orYears } from './agreed/cycles';
import { discountsOf } from './agreed/discounts';
import { knownFromStart } from './known';
import { startOf, zoneOf, ZONES } from './agreed/starts';
import { termOf } from './agreed/terms';
import { trialOf } from './trials';

/** Where a step stands, in which something may be said. */
export interface Moment {
  readonly step: number;
  readonly nowMs: number;
}

/** Another plan or quantity, from an instant on. */
export interface Turn {
  readonly fromMs: number;
  readonly plan?: PlanBook;
  readonly quantity?: string;
}

/** An account's subscription, as it becomes known step by step: what subjects need to know to say what may be said. */
export class Subscriber {
  readonly timeZone: string;
  readonly facts: FactBook[] = [];
  readonly startMs: number;
  readonly cycles: CycleBook;
  readonly #cycles: Cycles;
  /** Plans and quantities, with those to come, in the order in which they were said. */
  turns: Turn[];
  readonly term: TermBook | undefined;
  /** Ends that were said, but for a trial's. */
  ends: readonly number[];
  /** Until then something that was agreed has not come: what is agreed meanwhile comes at once. */
  pendingMs: number;
  trialUntilMs: number;
  pausedFromMs = Infinity;
  pausedUntilMs = -Infinity;
  endMs = Infinity;

  constructor(
    readonly account: string,
    readonly plans: readonly PlanBook[],
    dices: Dices,
    { step, nowMs }: Moment,
  ) {
    const dice = dices.main;
    this.timeZone = zoneOf(dices.of('zones'), dice.oneOf(ZONES));
    const plan = dice.oneOf(plans);
    const quantity = String(dice.whole(1, 12));
    this.startMs = startOf(dice, this.timeZone, nowMs);
    const trial = trialOf(dice, this.startMs);
    const often = cyclesOf(dice, this.startMs);
    const cycles = orYears(dices.of('years'), often, this.timeZone);
    // Without an anchor of their own, cycles are counted from the trial's end.
    this.cycles =
      trial === undefined || cycles.anchor.kind !== 'start'
        ? cycles
        : { ...cycles, anchor: { kind: 'time', ms: trial.endMs } };
    this.trialUntilMs = trial?.endMs ?? -Infinity;
    if (trial?.converts === false) this.endMs = trial.endMs;
    this.#cycles = new Cycles(this.startMs, this.timeZone, this.cycles);
    const { startMs } = this;
    const agreed =
      trial?.converts === false ? {} : knownFromStart(dices.of('known from the start'), this, plan);
    const { end, phases = [] } = agreed;
    const isTermed = end === undefined && trial?.converts !== false;
    const renews = { startMs, renews: phases.length > 0 };
    this.term = isTermed ? termOf(dices.of('terms'), renews) : undefined;
    const endsWithTerm = this.term !== undefined && this.term.renewal === undefined;
    const lastMs = endsWithTerm ? firstEndMs(this.term, this.#termed) : end?.ms;
    this.ends = lastMs === undefined ? [] : [lastMs];
    this.endMs = Math.min(this.endMs, ...this.ends);
    this.turns = [{ fromMs: startMs, plan, quantity }, ...phases.map((each) => this.#turnOf(each))];
    this.pendingMs = Math.max(...this.turns.map(({ fromMs }) => fromMs));
    this.facts.push({
      ...{ kind: 'subscribed', step, plan: plan.name, quantity, startMs },
      ...(trial === undefined ? {} : { trial }),
      ...agreed,
      ...(this.term && { term: this.term }),
      ...(isInOther(plan) ? { currency: plan.currency } : {}),
      ...ownCommitment(dices.of('commitments')),
      ...discountsOf(dices.of('subscription discounts'), startMs),
    });
  }

  #turnOf({ begins, plan: name, quantity }: PhaseBook): Turn {
    const fromMs = 'ms' in begins ? begins.ms : this.cycleMs(begins.afterCycles);
    const plan = this.plans.find((each) => each.name === name);
    return { fromMs, ...(plan && { plan }), ...(quantity === undefined ? {} : { quantity }) };
  }

  /** The plan and the quantity at an instant, by what has been said. */
  at(ms: number): { readonly plan: PlanBook; readonly quantity: string } {
    const turns = this.turns
      .filter(({ fromMs }, index) => index === 0 || fromMs <= ms)
      .sort((a, b) => a.fromMs - b.fromMs);
    const last = <Key extends 'plan' | 'quantity'>(key: Key) =>
      turns.filter((turn) => turn[key] !== undefined).at(-1)?.[key];
    const [plan, quantity] = [last('plan'), last('quantity')];
    if (plan === undefined || quantity === undefined) throw new Error('The first turn has both.');
    return { plan, quantity };
  }

  /** When a cycle begins. */
  cycleMs(number: number): number {
    return this.#cycles.cycle(number).startMs;
  }

  /** The first cycle that begins after the instant. */
  nextCycleMs(ms: number): number {
    if (ms < this.startMs) return this.startMs;
    return this.#cycles.cycle(this.#cycles.at(ms)).endMs;
  }

  /** The instant at which something that is said takes effect. */
  fromMs(when: When, nowMs: number): number {
    return when.kind === 'at' ? when.ms : when.kind === 'now' ? nowMs : this.nextCycleMs(nowMs);
  }

  /** When it ends that is cancelled so: before the end of a term perhaps not. */
  endMsOf({ when }: Pick<CancelledBook, 'when'>, nowMs: number): number {
    const askedMs = when.kind === 'term_end' ? undefined : this.fromMs(when, nowMs);
    if (this.term === undefined) return askedMs ?? nowMs;
    const asked = { ...(askedMs !== undefined && { askedMs }), nowMs, freeMs: Infinity };
    return endingBy(this.term, this.#termed, asked).endMs;
  }

  /** Whether a term holds, which it may end with. */
  isInTerm(nowMs: number): boolean {
    return this.term !== undefined && isInTerm(this.term, this.#termed, nowMs);
  }

  get #termed() {
    return { startMs: this.startMs, timeZone: this.timeZone, cycles: this.#cycles };
  }

  /** Whether it has begun and not ended. */
  isLive(nowMs: number): boolean {
    return this.startMs <= nowMs && nowMs < this.endMs;
  }

  /** Whether plan, quantity and pauses may be agreed: no change is to come, and no end. */
  isOpen(nowMs: number): boolean {
    return nowMs > this.pendingMs && this.endMs === Infinity;
  }

  /** Whether something has been said in a step: no more is said in it. */
  hasSpoken(step: number): boolean {
    return this.facts.at(-1)?.step === step;
  }
}

/** Whether a plan is looked at in another currency than its own. */
function isInOther({ currency, otherCurrencies = [] }: PlanBook): boolean {
  return otherCurrencies.some((other) => other.currency === currency);
}
