import {
  Cycles,
  type CycleBook,
  type FactBook,
  type PlanBook,
  type When,
} from '@billingrails/recompute';
import type { Dice } from '../dice';
import { cyclesOf } from './cycles';
import { startOf, ZONES } from './starts';
import { trialOf } from './trials';

/** Where a step stands, in which something may be said. */
export interface Moment {
  readonly step: number;
  readonly nowMs: number;
}

/** An account's subscription, as it becomes known step by step: what subjects need to know to say what may be said. */
export class Subscriber {
  readonly timeZone: string;
  readonly facts: FactBook[] = [];
  readonly startMs: number;
  readonly cycles: CycleBook;
  readonly #cycles: Cycles;
  plan: PlanBook;
  quantity: string;
  /** Until then something that was agreed has not come: no change is agreed. */
  pendingMs: number;
  trialUntilMs: number;
  pausedFromMs = Infinity;
  pausedUntilMs = -Infinity;
  endMs = Infinity;

  constructor(
    readonly account: string,
    readonly plans: readonly PlanBook[],
    dice: Dice,
    { step, nowMs }: Moment,
  ) {
    this.timeZone = dice.oneOf(ZONES);
    this.plan = dice.oneOf(plans);
    this.quantity = String(dice.whole(1, 12));
    this.startMs = startOf(dice, this.timeZone, nowMs);
    const trial = trialOf(dice, this.startMs);
    const cycles = cyclesOf(dice, this.startMs);
    // Without an anchor of their own, cycles are counted from the trial's end.
    this.cycles =
      trial === undefined || cycles.anchor.kind !== 'start'
        ? cycles
        : { ...cycles, anchor: { kind: 'time', ms: trial.endMs } };
    this.trialUntilMs = trial?.endMs ?? -Infinity;
    if (trial?.converts === false) this.endMs = trial.endMs;
    this.#cycles = new Cycles(this.startMs, this.timeZone, this.cycles);
    this.pendingMs = this.startMs;
    const [plan, quantity, startMs] = [this.plan.name, this.quantity, this.startMs];
    this.facts.push({
      ...{ kind: 'subscribed', step, plan, quantity, startMs },
      ...(trial === undefined ? {} : { trial }),
    });
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
