import {
  Cycles,
  type CycleBook,
  type FactBook,
  type PlanBook,
  type Proration,
  type TrialBook,
  type When,
} from '@billingrails/recompute';
import type { Dice } from './dice';

const DAY_MS = 86_400_000;

const ZONES = ['Europe/Berlin', 'America/New_York'];

/**
 * Starts whose later cycles fall on short months, on skipped hours and on doubled ones of 2025, by the wall of each
 * zone.
 */
const STARTS = [
  '2025-01-31T00:00:00',
  '2025-01-30T02:30:00',
  '2025-01-09T02:30:00',
  '2025-01-26T02:30:00',
  '2025-01-02T01:30:00',
  '2025-01-29T23:59:59.999',
];

/** An account's subscription, as it becomes known step by step. */
export class Subscriber {
  readonly timeZone: string;
  readonly facts: FactBook[] = [];
  readonly startMs: number;
  readonly cycles: CycleBook;
  readonly #cycles: Cycles;
  #plan: PlanBook;
  #quantity: string;
  /** Until then something that was agreed has not come: nothing else is agreed. */
  #pendingMs: number;
  #trialUntilMs: number;
  #pausedFromMs = Infinity;
  #pausedUntilMs = -Infinity;
  endMs = Infinity;

  constructor(
    readonly account: string,
    readonly plans: readonly PlanBook[],
    dice: Dice,
    { step, nowMs }: { readonly step: number; readonly nowMs: number },
  ) {
    this.timeZone = dice.oneOf(ZONES);
    this.#plan = dice.oneOf(plans);
    this.#quantity = String(dice.whole(1, 12));
    this.startMs = startOf(dice, this.timeZone, nowMs);
    const trial = trialOf(dice, this.startMs);
    const cycles = cyclesOf(dice, this.startMs);
    // Without an anchor of their own, cycles are counted from the trial's end.
    this.cycles =
      trial === undefined || cycles.anchor.kind !== 'start'
        ? cycles
        : { ...cycles, anchor: { kind: 'time', ms: trial.endMs } };
    this.#trialUntilMs = trial?.endMs ?? -Infinity;
    if (trial?.converts === false) this.endMs = trial.endMs;
    this.#cycles = new Cycles(this.startMs, this.timeZone, this.cycles);
    this.#pendingMs = this.startMs;
    const [plan, quantity, startMs] = [this.#plan.name, this.#quantity, this.startMs];
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

  /** Perhaps something new is agreed. */
  live(dice: Dice, step: number, nowMs: number): void {
    if (nowMs < this.startMs || nowMs >= this.endMs || !dice.percent(9)) return;
    if (dice.percent(25)) return this.#byHand(dice, step);
    const cancelled = this.facts.some(({ kind }) => kind === 'cancelled');
    if (!cancelled && nowMs < this.#trialUntilMs && dice.percent(50))
      return this.#convert(dice, step, nowMs);
    if (nowMs <= this.#pendingMs || this.endMs < Infinity) return;
    if (dice.percent(35)) return this.#pauseOrResume(dice, step, nowMs);
    if (dice.percent(7)) this.#cancel(dice, step, nowMs);
    else this.#change(dice, step, nowMs);
  }

  /** Once only: the trial is over for the generator, whenever it ends. */
  #convert(dice: Dice, step: number, nowMs: number): void {
    const when = whenOf(dice, nowMs);
    this.#trialUntilMs = -Infinity;
    this.endMs = Infinity;
    this.facts.push({ kind: 'converted', step, when, proration: prorationOf(dice) });
  }

  #byHand(dice: Dice, step: number): void {
    const size = dice.decimal(20, this.#plan.digits + 1);
    const amount = dice.percent(40) ? `-${size}` : size;
    const description = `By hand in step ${step}`;
    this.facts.push({ kind: 'one_off', step, description, amount, billNow: dice.percent(50) });
  }

  #cancel(dice: Dice, step: number, nowMs: number): void {
    const when: When = { kind: dice.oneOf(['now', 'period_end'] as const) };
    this.endMs = when.kind === 'now' ? nowMs : this.nextCycleMs(nowMs);
    this.facts.push({ kind: 'cancelled', step, when, proration: prorationOf(dice) });
  }

  /** There is at most one pause at a time, with those that are to come. */
  #pauseOrResume(dice: Dice, step: number, nowMs: number): void {
    const when = whenOf(dice, nowMs);
    const fromMs = this.#fromMs(when, nowMs);
    const proration = prorationOf(dice);
    if (this.#pausedUntilMs > nowMs) {
      // A pause that has not begun by then never comes.
      this.#pausedUntilMs =
        this.#pausedFromMs > nowMs && fromMs <= this.#pausedFromMs ? nowMs : fromMs;
      this.facts.push({ kind: 'resumed', step, when, proration });
      return;
    }
    const resume = dice.percent(50) ? { resumeMs: fromMs + dice.whole(1, 50 * DAY_MS) } : {};
    const billed = dice.oneOf(['nothing', 'nothing', 'recurring', 'usage'] as const);
    [this.#pausedFromMs, this.#pausedUntilMs] = [fromMs, resume.resumeMs ?? Infinity];
    this.facts.push({ kind: 'paused', step, when, ...resume, billed, proration });
  }

  #fromMs(when: When, nowMs: number): number {
    return when.kind === 'at' ? when.ms : when.kind === 'now' ? nowMs : this.nextCycleMs(nowMs);
  }

  #change(dice: Dice, step: number, nowMs: number): void {
    const what = dice.oneOf(['plan', 'quantity', 'both'] as const);
    const others = this.plans.filter((plan) => plan !== this.#plan);
    const versions = others.filter((plan) => isVersionOf(plan, this.#plan));
    const near = versions.length > 0 && dice.percent(40);
    const [plan, quantity] = [dice.oneOf(near ? versions : others), this.#otherQuantity(dice)];
    const when = whenOf(dice, nowMs);
    this.#pendingMs = this.#fromMs(when, nowMs);
    this.facts.push({
      kind: 'changed',
      step,
      ...(what === 'quantity' ? {} : { plan: plan.name }),
      ...(what === 'plan' ? {} : { quantity }),
      when,
      proration: prorationOf(dice),
      ...(what === 'plan' && when.kind !== 'at' && isVersionOf(plan, this.#plan)
        ? { migrates: true }
        : {}),
    });
    if (what !== 'quantity') this.#plan = plan;
    if (what !== 'plan') this.#quantity = quantity;
  }

  #otherQuantity(dice: Dice): string {
    for (;;) {
      const quantity = dice.percent(15) ? dice.oneOf(['0', '2.5']) : String(dice.whole(1, 12));
      if (quantity !== this.#quantity) return quantity;
    }
  }
}

function isVersionOf(plan: PlanBook, of: PlanBook): boolean {
  return plan.versionOf === of.name || of.versionOf === plan.name;
}

const MONTHLY: CycleBook = {
  unit: 'month',
  count: 1,
  anchor: { kind: 'start' },
  firstProration: 'day',
};

/** Most are monthly from the start. */
function cyclesOf(dice: Dice, startMs: number): CycleBook {
  if (dice.percent(55)) return MONTHLY;
  const firstProration = dice.oneOf(['second', 'day', 'none'] as const);
  const ms = startMs + dice.whole(-40 * DAY_MS, 40 * DAY_MS);
  const date = {
    kind: 'date',
    month: dice.whole(1, 12),
    day: dice.oneOf([1, 15, 30, 31]),
  } as const;
  return dice.oneOf<CycleBook>([
    { unit: 'week', count: 2, anchor: { kind: 'start' }, firstProration },
    { unit: 'week', count: 1, anchor: { kind: 'weekday', day: dice.whole(1, 7) }, firstProration },
    { unit: 'day', count: 10, anchor: { kind: 'time', ms }, firstProration },
    { unit: 'month', count: 1, anchor: { kind: 'time', ms }, firstProration },
    { unit: 'month', count: 1, anchor: { ...date, month: 1 }, firstProration },
    { unit: 'quarter', count: 1, anchor: date, firstProration },
    { unit: 'half_year', count: 1, anchor: date, firstProration },
  ]);
}

/** Of six one begins with a trial, which ends with its subscription or goes on. */
function trialOf(dice: Dice, startMs: number): TrialBook | undefined {
  if (!dice.percent(16)) return undefined;
  return {
    endMs: startMs + dice.whole(1, 50 * DAY_MS),
    billed: dice.oneOf(['nothing', 'nothing', 'usage', 'recurring'] as const),
    converts: dice.percent(70),
  };
}

function whenOf(dice: Dice, nowMs: number): When {
  if (dice.percent(60)) return { kind: 'now' };
  return dice.percent(50)
    ? { kind: 'period_end' }
    : { kind: 'at', ms: nowMs + dice.whole(1, 40 * DAY_MS) };
}

function prorationOf(dice: Dice): Proration {
  return dice.oneOf(['second', 'second', 'day', 'day', 'none'] as const);
}

function startOf(dice: Dice, timeZone: string, nowMs: number): number {
  if (dice.percent(40)) {
    // As an instant of the wall: the first cycle of a subscription that starts there at midnight.
    const wall = Date.parse(`${dice.oneOf(STARTS)}Z`);
    const offsetMs = timeZone === 'Europe/Berlin' ? -3_600_000 : 5 * 3_600_000;
    return wall + offsetMs;
  }
  if (dice.percent(30)) return nowMs - dice.whole(0, 40 * DAY_MS);
  return nowMs + dice.whole(0, 20 * DAY_MS);
}
