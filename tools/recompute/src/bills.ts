import { Agreement, type Fact } from './agreement';
import { chargesOf, partAmount, type Charge, type Part } from './charges';
import { differenceAmount, differences, type Difference } from './difference';
import type { History, SubscriptionBook } from './history';
import {
  compare,
  decimalText,
  fractionOf,
  moneyText,
  nearest,
  plus,
  sumOf,
  times,
  ZERO,
} from './rational';
import type { RawEvents } from './usage';

/** A line as it must be. */
export interface ExpectedLine {
  readonly kind: 'USAGE' | 'RECURRING' | 'ONE_OFF' | 'ADJUSTMENT';
  readonly reason: string;
  readonly description: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly quantity: string;
  readonly events: number;
  readonly credited: boolean;
  readonly billedAmount: string;
  readonly exactAmount: string;
  readonly amount: string;
  /** The number of the bill that it corrects; -1: none. */
  readonly corrects: number;
}

/** A bill as it must be: the subscription's bills are in order. */
export interface ExpectedBill {
  readonly subscription: string;
  readonly account: string;
  readonly number: number;
  readonly dueMs: number;
  readonly currency: string;
  readonly lines: readonly ExpectedLine[];
}

interface Posted {
  readonly charge: Charge;
  readonly minorUnits: bigint;
  readonly bill: number;
}

/** All bills of one subscription, made one after another as the clock moved and things became known. */
export class Subscription {
  readonly bills: ExpectedBill[] = [];
  readonly #posted = new Map<string, Posted>();
  #cycle = 0;
  #billedUntilMs = -Infinity;
  #factsSeen = 0;
  /** Events of earlier steps have been looked at. */
  #stepsSeen = 0;

  constructor(
    readonly book: SubscriptionBook,
    readonly history: History,
    readonly events: RawEvents,
  ) {}

  /** Makes all bills that are due by the clock's time, by what is known. */
  billUntil(
    nowMs: number,
    known: { readonly factsOfStep: number; readonly eventsBeforeStep: number },
  ): void {
    if ((this.book.facts[0]?.step ?? Infinity) > known.factsOfStep) return;
    const agreement = this.#agreement(known.factsOfStep, known.eventsBeforeStep);
    for (;;) {
      const moment = this.#nextMoment(agreement, known.eventsBeforeStep);
      if (moment === undefined || moment.ms > nowMs) return;
      this.#bill(agreement, moment, known.eventsBeforeStep);
    }
  }

  /** Bills the differences of all that was billed; what is due next stays as it is. */
  rateAgain(nowMs: number, step: number): void {
    if (this.#billedUntilMs === -Infinity) return;
    const agreement = this.#agreement(step, step + 1);
    const lines = this.#lines(agreement, { untilMs: this.#billedUntilMs, firstCycle: 0 }, step);
    if (lines.length > 0) this.#make(nowMs, lines);
  }

  #agreement(factsOfStep: number, correctionsBeforeStep: number): Agreement {
    const { priceCorrections = [] } = this.history;
    const corrections = priceCorrections.filter(
      ({ step, subscription = this.book.name }) =>
        step < correctionsBeforeStep && subscription === this.book.name,
    );
    return new Agreement(this.book, factsOfStep, this.history.stepsMs, corrections);
  }

  #make(dueMs: number, lines: readonly ExpectedLine[]): void {
    const { name: subscription, account } = this.book;
    const { currency } = this.plan;
    this.bills.push({ subscription, account, number: this.bills.length, dueMs, currency, lines });
  }

  #nextMoment(
    agreement: Agreement,
    beforeStep: number,
  ): { ms: number; closes: boolean } | undefined {
    const { startMs, endMs } = agreement.cycles.cycle(this.#cycle);
    const closeMs =
      startMs < agreement.endMs
        ? Math.min(endMs, agreement.endMs) + this.history.graceMs
        : Infinity;
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
    const { stepsMs, graceMs } = this.history;
    const steps = { from: this.#stepsSeen, before: beforeStep };
    const step = this.events.firstStep(this.book.account, agreement.endMs, steps);
    const knownMs = stepsMs[step ?? -1];
    if (knownMs === undefined) return Infinity;
    const ms = Math.max(knownMs + graceMs, this.#billedUntilMs);
    return this.#firstOpen(agreement, ms) < this.#cycle ? ms : Infinity;
  }

  #hasEnded(agreement: Agreement): boolean {
    return agreement.cycles.cycle(this.#cycle).startMs >= agreement.endMs;
  }

  /** The first cycle that can be adjusted. After the end it is counted as if cycles went on. */
  #firstOpen(agreement: Agreement, ms: number): number {
    const { adjustCycles, graceMs } = this.history;
    const present = this.#hasEnded(agreement) ? agreement.cycles.at(ms - graceMs) : this.#cycle;
    return Math.max(0, Math.max(this.#cycle, present) - adjustCycles);
  }

  /** The next cycle that begins, where any plan that was ever agreed has a fee in advance. */
  #advanceMs(agreement: Agreement): number {
    const plans = agreement.facts.flatMap((fact) => ('plan' in fact ? [fact.plan] : []));
    const inAdvance = this.history.plans.some(
      ({ name, fees }) => plans.includes(name) && fees.some((fee) => fee.inAdvance),
    );
    if (!inAdvance) return Infinity;
    const next =
      this.#billedUntilMs < agreement.startMs ? 0 : agreement.cycles.at(this.#billedUntilMs) + 1;
    const { startMs } = agreement.cycles.cycle(next);
    return startMs < agreement.endMs ? startMs : Infinity;
  }

  #changeMs(facts: readonly Fact[]): number {
    const waiting = facts.filter(
      (fact, index) =>
        fact.kind !== 'subscribed' &&
        (fact.kind !== 'one_off' || fact.billNow) &&
        (index >= this.#factsSeen || fact.fromMs > this.#billedUntilMs),
    );
    return Math.min(
      Infinity,
      ...waiting.map(({ fromMs }) => Math.max(fromMs, this.#billedUntilMs)),
    );
  }

  #bill(agreement: Agreement, moment: { ms: number; closes: boolean }, beforeStep: number): void {
    const firstCycle = Math.min(this.#cycle, this.#firstOpen(agreement, moment.ms));
    const lines = this.#lines(agreement, { untilMs: moment.ms, firstCycle }, beforeStep);
    if (moment.closes || lines.length > 0) this.#make(moment.ms, lines);
    this.#billedUntilMs = moment.ms;
    this.#factsSeen = agreement.facts.length;
    this.#stepsSeen = beforeStep;
    if (moment.closes) this.#cycle += 1;
  }

  /** What is due by an instant, of the cycles from one on, less what was billed. */
  #lines(
    agreement: Agreement,
    { untilMs, firstCycle }: { readonly untilMs: number; readonly firstCycle: number },
    beforeStep: number,
  ): ExpectedLine[] {
    const expected: Charge[] = [];
    const later = new Set<string>();
    for (let number = firstCycle; ; number += 1) {
      const cycle = agreement.cycles.cycle(number);
      if (cycle.startMs > untilMs || cycle.startMs >= agreement.endMs) break;
      const { account } = this.book;
      const { charges, waiting } = chargesOf(
        { agreement, account, cycle },
        this.history,
        this.events,
        {
          untilMs,
          beforeStep,
        },
      );
      expected.push(...charges);
      for (const id of waiting) later.add(id);
    }
    const ids = new Set(expected.map(({ id }) => id));
    for (const { charge } of this.#posted.values())
      if (charge.cycle >= firstCycle && !ids.has(charge.id) && !later.has(charge.feeCycle))
        expected.push({ ...charge, parts: [] });
    const number = this.bills.length;
    const billed = new Set([...this.#posted.values()].map(({ charge }) => charge.feeCycle));
    return expected.flatMap((charge) =>
      this.#post(charge, agreement, number, billed.has(charge.feeCycle)),
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

  /** `isBilled`: the fee has been billed for the cycle, so that a group which is new in it was used late. */
  #post(charge: Charge, agreement: Agreement, bill: number, isBilled: boolean): ExpectedLine[] {
    const before = this.#posted.get(charge.id);
    const isLate = before === undefined && isBilled;
    if (isLate && compare(sumOf(charge.parts.map(partAmount)), ZERO) === 0) return [];
    const drafts =
      before === undefined
        ? charge.parts.map((part): Difference => ({ part, billed: ZERO }))
        : differences(before.charge.parts, charge.parts);
    if (drafts.length === 0) return [];
    const { digits } = this.plan;
    const scale = fractionOf(10n ** BigInt(digits), 1n);
    let exact = sumOf((before?.charge.parts ?? []).map(partAmount));
    let minorUnits = before?.minorUnits ?? 0n;
    const lines = drafts.map((draft): ExpectedLine => {
      const amount = differenceAmount(draft);
      exact = plus(exact, amount);
      const rounded = nearest(times(exact, scale)) - minorUnits;
      minorUnits += rounded;
      const { part, billed } = draft;
      return {
        kind: before === undefined && !isLate ? charge.kind : 'ADJUSTMENT',
        reason: isLate ? 'LATE_USAGE' : reasonOf(charge, part, agreement, before?.charge.parts),
        description: charge.description,
        startMs: part.startMs,
        endMs: part.endMs,
        quantity: decimalText(part.quantity),
        events: part.events ?? 0,
        credited: part.credited,
        billedAmount: decimalText(billed),
        exactAmount: decimalText(amount),
        amount: moneyText(rounded, digits),
        corrects: before?.bill ?? -1,
      };
    });
    this.#posted.set(charge.id, { charge, minorUnits, bill });
    return lines;
  }
}

function reasonOf(
  { kind, feeCycle, parts: owed }: Charge,
  part: Part,
  { facts, corrections }: Agreement,
  billed: readonly Part[] | undefined,
): string {
  if (kind === 'ONE_OFF') return 'UNSPECIFIED';
  const corrected = corrections
    .filter(({ fee }) => feeCycle.startsWith(`${fee}/`))
    .map(({ fromMs }) => fromMs);
  if (kind === 'USAGE')
    return billed === undefined ? 'UNSPECIFIED' : usageReason(part, billed, owed, corrected);
  // What is charged from the cycle's beginning on is its plain course, whatever it comes from.
  if (billed === undefined && part.start.of === 0n) return 'UNSPECIFIED';
  if (corrected.includes(part.startMs)) return 'PRICE_CORRECTED';
  const began = facts
    .filter(({ kind: of }) => of !== 'one_off' && of !== 'taken_back')
    .filter(({ fromMs }) => fromMs === part.startMs)
    .at(-1);
  if (began?.kind === 'cancelled') return 'CANCELLED';
  if (began?.kind === 'paused') return 'PAUSED';
  if (began?.kind === 'resumed') return 'RESUMED';
  if (began?.kind === 'trial_ended') return 'TRIAL_ENDED';
  if (began?.kind === 'changed')
    return began.quantity === undefined ? 'PLAN_CHANGED' : 'QUANTITY_CHANGED';
  return billed === undefined ? 'UNSPECIFIED' : 'PRICE_CORRECTED';
}

function usageReason(
  part: Part,
  billed: readonly Part[],
  owed: readonly Part[],
  corrected: readonly number[],
): string {
  const meets = (parts: readonly Part[]) =>
    parts.some(({ startMs, endMs }) => startMs < part.endMs && part.startMs < endMs);
  const beginsCorrected = corrected.includes(part.startMs);
  if (part.credited) return beginsCorrected && meets(owed) ? 'PRICE_CORRECTED' : 'VOIDED_USAGE';
  const old = billed.find(({ startMs }) => startMs === part.startMs);
  if (old === undefined) {
    if (!meets(billed)) return 'LATE_USAGE';
    return beginsCorrected ? 'PRICE_CORRECTED' : 'CHANGED_USAGE';
  }
  const lastMs = Math.max(old.endMs, part.endMs);
  if (old.endMs !== part.endMs)
    return corrected.some((ms) => part.startMs <= ms && ms < lastMs)
      ? 'PRICE_CORRECTED'
      : 'CHANGED_USAGE';
  const [before, now] = [old.events ?? 0, part.events ?? 0];
  if (now !== before) return now > before ? 'LATE_USAGE' : 'VOIDED_USAGE';
  const isRepriced =
    compare(old.quantity, part.quantity) === 0 && corrected.some((ms) => ms < part.endMs);
  return isRepriced ? 'PRICE_CORRECTED' : 'CHANGED_USAGE';
}
