import { chargesOf, inOrderOfBill, type Charge } from '../charges';
import { commitmentCharges } from '../charges/commitments';
import type { RawEvents } from '../charges/usage';
import { Agreement } from '../facts/agreement';
import type { Fact } from '../facts';
import {
  plansIn,
  type History,
  type PlanBook,
  type PriceCorrectionBook,
  type SubscriptionBook,
} from '../history';
import type { Cycle } from '../calendar/cycles';
import type { ExpectedBill, ExpectedLine } from './expected';
import { Ledger } from './ledger';
import { PromotionalCredits, type PostedCharge } from './promotional';

/** From which cycle on, until when, and whether the cycle that has not ended is looked at as if it ended then. */
interface Looked {
  readonly untilMs: number;
  readonly firstCycle: number;
  readonly lastCycle?: number;
  readonly running?: boolean;
}

/** The date of the bill, which decides which credits hold, and before which step these were granted. */
interface LookedDue extends Looked {
  readonly dueMs: number;
  readonly grantsBeforeStep?: number;
}

/** `adjusts`: of closed cycles only, and all else stays due as it was. */
interface Moment {
  readonly ms: number;
  readonly closes: boolean;
  readonly adjusts?: boolean;
}

interface AskedMoment extends Moment {
  readonly isAsked: boolean;
}

/** For so long the bills after a correction of a plan's price look at it, whether they have seen it or not. */
const SEEN_MS = 3_600_000;

/** All bills of one subscription, made one after another as the clock moved and things became known. */
export class Subscription {
  readonly bills: ExpectedBill[] = [];
  readonly #ledger: Ledger;
  readonly #credits: PromotionalCredits;
  #cycle = 0;
  #billedUntilMs = -Infinity;
  #factsSeen = 0;
  /** Events of earlier steps have been looked at. */
  #stepsSeen = 0;
  /** Corrections of earlier steps were known to the last bill. */
  #correctionsSeen = 0;
  /** When the cycle began that was open after each step. */
  readonly #openMs: number[] = [];

  /** With the plans as they are in its currency. */
  readonly history: History;
  readonly plan: PlanBook;

  constructor(
    readonly book: SubscriptionBook,
    history: History,
    readonly events: RawEvents,
  ) {
    const [first] = book.facts;
    if (first?.kind !== 'subscribed') throw new Error('The first fact is that it was subscribed.');
    const named = ({ name }: PlanBook) => name === first.plan;
    const { currency = history.plans.find(named)?.currency ?? '' } = first;
    const isOf = ({ plan, currency: own, subscription }: PriceCorrectionBook) => {
      const inPlan = history.plans.find(({ name }) => name === plan)?.currency;
      return subscription === undefined ? (own ?? inPlan) === currency : subscription === book.name;
    };
    const plans = plansIn(history.plans, currency);
    const priceCorrections = (history.priceCorrections ?? []).filter(isOf);
    this.history = { ...history, plans, priceCorrections };
    const plan = plans.find(named);
    if (plan === undefined) throw new Error('A subscription has a plan.');
    this.plan = plan;
    this.#ledger = new Ledger(plan.digits);
    this.#credits = new PromotionalCredits(history, book.account, currency, plan.digits);
  }

  /** Makes all bills that are due by the clock's time, by what is known; `isAsked`: by what was just said. */
  billUntil(
    nowMs: number,
    known: { readonly factsOfStep: number; readonly eventsBeforeStep: number },
    isAsked = false,
  ): void {
    if ((this.book.facts[0]?.step ?? Infinity) > known.factsOfStep) return;
    const agreement = this.#agreement(known.factsOfStep, known.eventsBeforeStep);
    for (;;) {
      const moment = this.#nextMoment(agreement, known.eventsBeforeStep);
      if (moment === undefined || moment.ms > nowMs) break;
      this.#bill(agreement, { ...moment, isAsked }, known.eventsBeforeStep);
    }
    if (isAsked) this.#openMs[known.factsOfStep] = agreement.cycles.cycle(this.#cycle).startMs;
  }

  /** Bills the differences of all that was billed; what is due next stays as it is. */
  rateAgain(nowMs: number, step: number): void {
    if (this.#billedUntilMs === -Infinity) return;
    const agreement = this.#agreement(step, step + 1);
    const moment = { ms: nowMs, closes: false, isAsked: true };
    const due = { dueMs: this.#dueMs(moment), grantsBeforeStep: step + 1 };
    const looked = { ...due, untilMs: this.#billedUntilMs, firstCycle: 0 };
    const lines = this.#lines(agreement, looked, step);
    if (lines.length > 0) this.#make(moment, lines);
  }

  /** The lines that there would be if the running cycle ended now: nothing is billed. */
  preview(nowMs: number, step: number): ExpectedLine[] {
    const agreement = this.#agreement(step, step);
    const firstCycle = Math.min(this.#cycle, this.#firstOpen(agreement, nowMs));
    const dueMs = this.#dueMs({ ms: nowMs, closes: false });
    return this.#lines(agreement, { dueMs, untilMs: nowMs, firstCycle, running: true }, step);
  }

  /** What the running cycle comes to by what is known, whether it is billed or not; undefined where none runs. */
  spend(
    nowMs: number,
    known: { readonly factsOfStep: number; readonly eventsBeforeStep: number },
  ): { readonly minorUnits: bigint; readonly cycle: Cycle } | undefined {
    if ((this.book.facts[0]?.step ?? Infinity) > known.factsOfStep) return undefined;
    const agreement = this.#agreement(known.factsOfStep, known.eventsBeforeStep);
    if (nowMs < agreement.startMs || nowMs >= agreement.endMs) return undefined;
    const cycle = agreement.cycles.cycle(agreement.cycles.at(nowMs));
    const { number } = cycle;
    const looked = { untilMs: nowMs, firstCycle: number, lastCycle: number, running: true };
    const fresh = new Ledger(this.plan.digits);
    const made = this.#posted(agreement, looked, known.eventsBeforeStep, fresh);
    const minorUnits = made.reduce((sum, charge) => sum + charge.minorUnits, 0n);
    return { minorUnits, cycle };
  }

  #agreement(factsOfStep: number, correctionsBeforeStep: number): Agreement {
    const { priceCorrections = [] } = this.history;
    const corrections = priceCorrections.filter(({ step }) => step < correctionsBeforeStep);
    return new Agreement(this.book, factsOfStep, this.history.stepsMs, corrections);
  }

  #make({ ms: momentMs, closes, isAsked }: AskedMoment, lines: readonly ExpectedLine[]): void {
    const { name: subscription, account } = this.book;
    const { currency } = this.plan;
    const dueMs = this.#dueMs({ ms: momentMs, closes });
    const number = this.bills.length;
    this.bills.push({
      ...{ subscription, account, number, momentMs, dueMs, isAsked, currency, lines },
    });
  }

  /** The date of a bill: of its cycle's end, but none before it was subscribed. */
  #dueMs({ ms, closes }: Moment): number {
    const fellDueMs = closes ? ms - this.#graceMs : ms;
    const subscribed = this.book.facts[0]?.step ?? -1;
    return Math.max(fellDueMs, this.history.stepsMs[subscribed] ?? fellDueMs);
  }

  #nextMoment(agreement: Agreement, beforeStep: number): Moment | undefined {
    const { startMs, endMs } = agreement.cycles.cycle(this.#cycle);
    const closeMs =
      startMs < agreement.endMs ? Math.min(endMs, agreement.endMs) + this.#graceMs : Infinity;
    const lateMs = this.#lateMs(agreement, beforeStep);
    const first = Math.min(
      closeMs,
      this.#advanceMs(agreement),
      this.#changeMs(agreement.facts),
      lateMs,
    );
    if (first === Infinity) return undefined;
    const ms = Math.max(first, this.#billedUntilMs);
    if (lateMs <= ms && !this.#hasEnded(agreement)) return { ms, closes: false, adjusts: true };
    return { ms, closes: closeMs <= ms };
  }

  /**
   * After the last bill, or where that is so wanted, what has changed is billed by itself, a grace after the first of
   * it became known.
   */
  #lateMs(agreement: Agreement, beforeStep: number): number {
    const knownMs = this.history.stepsMs[this.#lateStep(agreement, beforeStep) ?? -1];
    if (knownMs === undefined) return Infinity;
    const ms = Math.max(knownMs + this.#graceMs, this.#billedUntilMs);
    return this.#firstOpen(agreement, ms) < this.#cycle ? ms : Infinity;
  }

  /** The first step in which usage has changed that is to be billed by itself: of cycles that were closed by then. */
  #lateStep(agreement: Agreement, before: number): number | undefined {
    if (!this.#hasEnded(agreement) && this.#settings?.ownBills !== true) return undefined;
    const untilMs = (step: number) => Math.min(agreement.endMs, this.#openMs[step] ?? -Infinity);
    return this.events.firstStep(this.book.account, untilMs, { from: this.#stepsSeen, before });
  }

  get #settings() {
    return this.history.accounts?.find(({ account }) => account === this.book.account);
  }

  get #graceMs(): number {
    return this.#settings?.graceMs ?? this.history.graceMs;
  }

  #hasEnded(agreement: Agreement): boolean {
    return agreement.cycles.cycle(this.#cycle).startMs >= agreement.endMs;
  }

  /** The first cycle that can be adjusted. After the end it is counted as if cycles went on. */
  #firstOpen(agreement: Agreement, ms: number): number {
    const { adjustCycles } = this.history;
    const present = this.#hasEnded(agreement)
      ? agreement.cycles.at(ms - this.#graceMs)
      : this.#cycle;
    return Math.max(0, Math.max(this.#cycle, present) - adjustCycles);
  }

  /** The next cycle that begins, where any plan that was ever agreed has a fee in advance; the first for one once. */
  #advanceMs(agreement: Agreement): number {
    const plans = agreement.facts.flatMap(({ plan }) => plan ?? []);
    const inAdvance = this.history.plans.some(
      ({ name, fees }) => plans.includes(name) && fees.some((fee) => fee.inAdvance),
    );
    const once = this.history.plans.some(
      ({ name, fees }) => plans.includes(name) && fees.some((fee) => fee.once),
    );
    if (!inAdvance && !(once && this.#billedUntilMs === -Infinity)) return Infinity;
    const next =
      this.#billedUntilMs < agreement.startMs ? 0 : agreement.cycles.at(this.#billedUntilMs) + 1;
    const { startMs } = agreement.cycles.cycle(next);
    return startMs < agreement.endMs ? startMs : Infinity;
  }

  #changeMs(facts: readonly Fact[]): number {
    const waiting = facts.filter(
      (fact, index) =>
        fact.billed && (index >= this.#factsSeen || fact.fromMs > this.#billedUntilMs),
    );
    return Math.min(
      Infinity,
      ...waiting.map(({ fromMs }) => Math.max(fromMs, this.#billedUntilMs)),
    );
  }

  #bill(agreement: Agreement, moment: AskedMoment, beforeStep: number): void {
    const open = Math.min(this.#cycle, this.#firstOpen(agreement, moment.ms));
    if (moment.adjusts === true) {
      const untilMs = this.#billedUntilMs;
      const dueMs = this.#dueMs(moment);
      const looked = { dueMs, untilMs, firstCycle: open, lastCycle: this.#cycle - 1 };
      const lines = this.#lines(agreement, looked, beforeStep);
      if (lines.length > 0) this.#make(moment, lines);
      this.#stepsSeen = beforeStep;
      return;
    }
    // What is billed by itself waits for that, but for cycles that another price is known for since.
    const waits = !this.#hasEnded(agreement) && this.#lateStep(agreement, beforeStep) !== undefined;
    const firstCycle = waits ? Math.max(open, this.#firstCorrected(agreement)) : open;
    const looked = { dueMs: this.#dueMs(moment), untilMs: moment.ms, firstCycle };
    const lines = this.#lines(agreement, looked, beforeStep);
    if (moment.closes || lines.length > 0) this.#make(moment, lines);
    this.#billedUntilMs = moment.ms;
    this.#factsSeen = agreement.facts.length;
    this.#correctionsSeen = beforeStep;
    if (!waits) this.#stepsSeen = beforeStep;
    if (moment.closes) this.#cycle += 1;
  }

  /** The first cycle that another price is known for since the last bill. */
  #firstCorrected({ facts, corrections, cycles }: Agreement): number {
    const { stepsMs, plans } = this.history;
    const firstOf = (name: string | undefined) =>
      plans.find((plan) => plan.name === name)?.versionOf ?? name;
    const had = new Set(facts.map(({ plan }) => firstOf(plan)));
    const since = corrections.filter(({ step, plan, subscription }) =>
      subscription === undefined
        ? had.has(firstOf(plan)) && (stepsMs[step] ?? 0) >= this.#billedUntilMs - SEEN_MS
        : step >= this.#correctionsSeen,
    );
    return Math.min(this.#cycle, ...since.map(({ fromMs }) => cycles.at(fromMs)));
  }

  /** What is due by an instant, of the cycles from one on, less what was billed and what credits cover. */
  #lines(
    agreement: Agreement,
    { dueMs, grantsBeforeStep, ...looked }: LookedDue,
    beforeStep: number,
  ): ExpectedLine[] {
    const isShown = looked.running === true;
    const ledger = isShown ? this.#ledger.copy() : this.#ledger;
    const credits = isShown ? this.#credits.copy() : this.#credits;
    const made = this.#posted(agreement, looked, beforeStep, ledger);
    const bill = { number: this.bills.length, dueMs, grantsBeforeStep: beforeStep };
    const known = grantsBeforeStep === undefined ? {} : { grantsBeforeStep };
    return [...made.flatMap(({ lines }) => lines), ...credits.cover(made, { ...bill, ...known })];
  }

  /** What is due by an instant, of the cycles from one on, less what is in the ledger, in which it is then. */
  #posted(
    agreement: Agreement,
    { untilMs, firstCycle, lastCycle = Infinity, running = false }: Looked,
    beforeStep: number,
    ledger: Ledger,
  ): PostedCharge[] {
    const history = { ...this.history, graceMs: this.#graceMs };
    const expected: Charge[] = [];
    const later = new Set<string>();
    for (let number = firstCycle; number <= lastCycle; number += 1) {
      const cycle = agreement.cycles.cycle(number);
      if (cycle.startMs > untilMs || cycle.startMs >= agreement.endMs) break;
      const { account } = this.book;
      const { events } = this;
      const chargeBefore = (id: string) =>
        expected.find((charge) => charge.id === id) ??
        ledger.charges.find((charge) => charge.id === id && charge.cycle < firstCycle);
      const known = { history, events, untilMs, beforeStep, running, chargeBefore };
      const asked = { agreement, account, cycle, ...known };
      const { charges, waiting } = chargesOf(asked);
      expected.push(...charges);
      for (const id of waiting) later.add(id);
    }
    const { digits } = this.plan;
    const until = { firstCycle, lastCycle, untilMs, running, digits };
    const counting = { history, charges: [...expected], ...until };
    const { entries: billedBefore } = ledger;
    expected.push(...commitmentCharges(agreement, { ...counting, billed: billedBefore }));
    const ids = new Set(expected.map(({ id }) => id));
    const posted = ledger.charges;
    for (const charge of posted)
      if (
        charge.cycle >= firstCycle &&
        charge.cycle <= lastCycle &&
        !ids.has(charge.id) &&
        !later.has(charge.feeCycle)
      )
        expected.push({ ...charge, parts: [] });
    const number = this.bills.length;
    const billed = new Set(posted.map(({ feeCycle }) => feeCycle));
    return inOrderOfBill(expected).flatMap((charge) => {
      const lines = ledger.post(charge, agreement, number, billed.has(charge.feeCycle));
      const { id, description, covers } = charge;
      return lines.length === 0
        ? []
        : [{ id, description, lines, minorUnits: ledger.roundedOf(id), covers: covers?.id }];
    });
  }
}
