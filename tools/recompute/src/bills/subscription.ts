import { chargesOf, type Charge } from '../charges';
import { commitmentCharges } from '../charges/commitments';
import type { RawEvents } from '../charges/usage';
import { Agreement } from '../facts/agreement';
import type { Fact } from '../facts';
import type { History, SubscriptionBook } from '../history';
import type { ExpectedBill, ExpectedLine } from './expected';
import { Ledger } from './ledger';

/** From which cycle on, until when, and whether the cycle that has not ended is looked at as if it ended then. */
interface Looked {
  readonly untilMs: number;
  readonly firstCycle: number;
  readonly running?: boolean;
}

interface AskedMoment {
  readonly ms: number;
  readonly closes: boolean;
  readonly isAsked: boolean;
}

/** All bills of one subscription, made one after another as the clock moved and things became known. */
export class Subscription {
  readonly bills: ExpectedBill[] = [];
  readonly #ledger: Ledger;
  #cycle = 0;
  #billedUntilMs = -Infinity;
  #factsSeen = 0;
  /** Events of earlier steps have been looked at. */
  #stepsSeen = 0;

  constructor(
    readonly book: SubscriptionBook,
    readonly history: History,
    readonly events: RawEvents,
  ) {
    this.#ledger = new Ledger(this.plan.digits);
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
      if (moment === undefined || moment.ms > nowMs) return;
      this.#bill(agreement, { ...moment, isAsked }, known.eventsBeforeStep);
    }
  }

  /** Bills the differences of all that was billed; what is due next stays as it is. */
  rateAgain(nowMs: number, step: number): void {
    if (this.#billedUntilMs === -Infinity) return;
    const agreement = this.#agreement(step, step + 1);
    const lines = this.#lines(agreement, { untilMs: this.#billedUntilMs, firstCycle: 0 }, step);
    if (lines.length > 0) this.#make({ ms: nowMs, closes: false, isAsked: true }, lines);
  }

  /** The lines that there would be if the running cycle ended now: nothing is billed. */
  preview(nowMs: number, step: number): ExpectedLine[] {
    const agreement = this.#agreement(step, step);
    const firstCycle = Math.min(this.#cycle, this.#firstOpen(agreement, nowMs));
    return this.#lines(agreement, { untilMs: nowMs, firstCycle, running: true }, step);
  }

  #agreement(factsOfStep: number, correctionsBeforeStep: number): Agreement {
    const { priceCorrections = [] } = this.history;
    const corrections = priceCorrections.filter(
      ({ step, subscription = this.book.name }) =>
        step < correctionsBeforeStep && subscription === this.book.name,
    );
    return new Agreement(this.book, factsOfStep, this.history.stepsMs, corrections);
  }

  #make({ ms: momentMs, closes, isAsked }: AskedMoment, lines: readonly ExpectedLine[]): void {
    const { name: subscription, account, facts } = this.book;
    const { currency } = this.plan;
    const { stepsMs } = this.history;
    // Of the date of its cycle's end; but of none before it was subscribed.
    const fellDueMs = closes ? momentMs - this.#graceMs : momentMs;
    const dueMs = Math.max(fellDueMs, stepsMs[facts[0]?.step ?? -1] ?? fellDueMs);
    const number = this.bills.length;
    this.bills.push({
      ...{ subscription, account, number, momentMs, dueMs, isAsked, currency, lines },
    });
  }

  #nextMoment(
    agreement: Agreement,
    beforeStep: number,
  ): { ms: number; closes: boolean } | undefined {
    const { startMs, endMs } = agreement.cycles.cycle(this.#cycle);
    const closeMs =
      startMs < agreement.endMs ? Math.min(endMs, agreement.endMs) + this.#graceMs : Infinity;
    const first = Math.min(
      closeMs,
      this.#advanceMs(agreement),
      this.#changeMs(agreement.facts),
      this.#lateMs(agreement, beforeStep),
    );
    if (first === Infinity) return undefined;
    const ms = Math.max(first, this.#billedUntilMs);
    return { ms, closes: closeMs <= ms };
  }

  /** After the last bill, what has changed is billed by itself, a grace after the first of it became known. */
  #lateMs(agreement: Agreement, beforeStep: number): number {
    if (!this.#hasEnded(agreement)) return Infinity;
    const { stepsMs } = this.history;
    const steps = { from: this.#stepsSeen, before: beforeStep };
    const step = this.events.firstStep(this.book.account, agreement.endMs, steps);
    const knownMs = stepsMs[step ?? -1];
    if (knownMs === undefined) return Infinity;
    const ms = Math.max(knownMs + this.#graceMs, this.#billedUntilMs);
    return this.#firstOpen(agreement, ms) < this.#cycle ? ms : Infinity;
  }

  get #graceMs(): number {
    const { accounts = [], graceMs } = this.history;
    return accounts.find(({ account }) => account === this.book.account)?.graceMs ?? graceMs;
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
    const firstCycle = Math.min(this.#cycle, this.#firstOpen(agreement, moment.ms));
    const lines = this.#lines(agreement, { untilMs: moment.ms, firstCycle }, beforeStep);
    if (moment.closes || lines.length > 0) this.#make(moment, lines);
    this.#billedUntilMs = moment.ms;
    this.#factsSeen = agreement.facts.length;
    this.#stepsSeen = beforeStep;
    if (moment.closes) this.#cycle += 1;
  }

  /** What is due by an instant, of the cycles from one on, less what was billed. */
  #lines(
    agreement: Agreement,
    { untilMs, firstCycle, running = false }: Looked,
    beforeStep: number,
  ): ExpectedLine[] {
    const ledger = running ? this.#ledger.copy() : this.#ledger;
    const history = { ...this.history, graceMs: this.#graceMs };
    const expected: Charge[] = [];
    const later = new Set<string>();
    for (let number = firstCycle; ; number += 1) {
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
    const until = { firstCycle, untilMs, running, digits };
    const counting = { history, charges: [...expected], ...until };
    const { entries: billedBefore } = ledger;
    expected.push(...commitmentCharges(agreement, { ...counting, billed: billedBefore }));
    const ids = new Set(expected.map(({ id }) => id));
    const posted = ledger.charges;
    for (const charge of posted)
      if (charge.cycle >= firstCycle && !ids.has(charge.id) && !later.has(charge.feeCycle))
        expected.push({ ...charge, parts: [] });
    const number = this.bills.length;
    const billed = new Set(posted.map(({ feeCycle }) => feeCycle));
    return expected.flatMap((charge) =>
      ledger.post(charge, agreement, number, billed.has(charge.feeCycle)),
    );
  }

  /** All plans of a subscription have its currency. */
  get plan() {
    const [first] = this.book.facts;
    const plan = this.history.plans.find(
      ({ name }) => first?.kind === 'subscribed' && name === first.plan,
    );
    if (plan === undefined) throw new Error('A subscription has a plan.');
    return plan;
  }
}
