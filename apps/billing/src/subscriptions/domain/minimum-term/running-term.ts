import { assert } from '@billingrails/errors';
import { BillingCycles, type Period } from '@billingrails/time';
import { standing } from '../fact';
import { numbered } from '../facts-of';
import { cyclesOf, type Subscription } from '../subscription';
import type { MinimumTerm, TermLength } from './minimum-term';

/** What terms are counted by. */
type Counted = Pick<Subscription, 'startMs' | 'timeZone' | 'cycleRule'>;

/** A subscription, and what became of it. */
export type Termed = Counted & Pick<Subscription, 'changes' | 'endMs'>;

/** A term that a subscription is in, or begins with. */
export interface RunningTerm extends Period {
  readonly agreed: MinimumTerm;
  /** Cancelled by then the subscription ends with this term. Unset: it does in any case. */
  readonly noticeMs?: number;
}

/** What was agreed, and from when on terms follow each other. */
export interface AgreedTerm {
  readonly term: MinimumTerm;
  readonly fromMs: number;
}

/** What was agreed last. */
export function agreedTerm(subscription: Pick<Termed, 'changes'>): AgreedTerm | undefined {
  return agreedTerms(subscription).at(-1);
}

/** All that was agreed, each in place of what was before. */
function agreedTerms({ changes }: Pick<Termed, 'changes'>): AgreedTerm[] {
  return standing(numbered(changes)).flatMap((fact) =>
    fact.kind === 'term_agreed' ? [{ term: fact.term, fromMs: fact.effectiveMs }] : [],
  );
}

/** The term that holds the instant, before the start the first one; undefined where none does. */
export function termAt(subscription: Termed, ms: number): RunningTerm | undefined {
  const agreed = agreedTerm(subscription);
  return agreed && heldBy(subscription, agreed, ms);
}

/** The term by what was agreed that holds the instant, before all of them the first one. */
function heldBy(subscription: Termed, agreement: AgreedTerm, ms: number): RunningTerm | undefined {
  const { term: agreed, fromMs: startMs } = agreement;
  const firstMs = firstEndMs(subscription, agreement);
  const { renewal, noticeDays } = agreed;
  if (ms >= firstMs && renewal === undefined) return undefined;
  const period =
    ms < firstMs || renewal === undefined
      ? { startMs, endMs: firstMs }
      : renewalAt(subscription, agreement, renewal, ms);
  if (renewal === undefined) return { agreed, ...period };
  return { agreed, ...period, noticeMs: datesBefore(period, noticeDays, subscription.timeZone) };
}

/**
 * The first end of a term at or after the instant that a cancellation of the present can still have: where the notice
 * for one is over, it is that of the term after it. Undefined where no term binds then.
 */
export function regularEndMs(
  subscription: Termed,
  askedMs: number,
  nowMs: number,
): number | undefined {
  const present = termAt(subscription, Math.max(nowMs, subscription.startMs));
  if (present === undefined) return undefined;
  const inTime = nowMs <= (present.noticeMs ?? Infinity);
  const first = inTime ? present : termAt(subscription, present.endMs);
  assert(first !== undefined, 'a term that is renewed has another after it');
  const held = askedMs <= first.endMs ? first : termAt(subscription, askedMs - 1);
  return held && Math.min(held.endMs, unchargedEndMs(subscription));
}

/** The first end that nothing is charged for: one that something is lies before the end of a term, which stays owed. */
function unchargedEndMs({ changes }: Termed): number {
  const uncharged = standing(numbered(changes)).filter(
    (fact) =>
      (fact.kind === 'cancelled' && fact.fee === undefined) ||
      (fact.kind === 'trial_ended' && !fact.converts),
  );
  return Math.min(Infinity, ...uncharged.map(({ effectiveMs }) => effectiveMs));
}

/** The terms that began by the instant, but for the first, in order. */
export function renewalsUntil(subscription: Termed, untilMs: number): Period[] {
  const terms: Period[] = [];
  for (const [index, agreed] of agreedTerms(subscription).entries()) {
    const next = agreedTerms(subscription)[index + 1];
    const lastMs = Math.min(
      untilMs,
      (subscription.endMs ?? Infinity) - 1,
      // What was agreed next began a term of its own then.
      (next?.fromMs ?? Infinity) - 1,
    );
    let term = heldBy(subscription, agreed, agreed.fromMs);
    while (term !== undefined && term.endMs <= lastMs) {
      term = heldBy(subscription, agreed, term.endMs);
      if (term !== undefined) terms.push({ startMs: term.startMs, endMs: term.endMs });
    }
  }
  return terms;
}

/** When the first term ends. Of cycles, the one that it begins in is the first. */
export function firstEndMs(subscription: Counted, { term: { first }, fromMs }: AgreedTerm): number {
  switch (first.unit) {
    case 'until':
      return first.ms;
    case 'cycles': {
      const cycles = cyclesOf(subscription);
      return cycles.period((cycles.at(fromMs)?.number ?? 0) + first.count).startMs;
    }
    case 'months':
      return monthsFrom(fromMs, subscription).period(first.count).startMs;
  }
}

/**
 * The term after the first that holds the instant. Months are counted from where the first were, so that the 31st comes
 * back.
 */
function renewalAt(
  subscription: Counted,
  agreed: AgreedTerm,
  { unit, count }: TermLength,
  ms: number,
): Period {
  const firstMs = firstEndMs(subscription, agreed);
  const { first } = agreed.term;
  const isMonths = first.unit === 'months';
  const units =
    unit === 'cycles'
      ? cyclesOf(subscription)
      : monthsFrom(isMonths ? agreed.fromMs : firstMs, subscription);
  const numberAt = (at: number): number => {
    const held = units.at(at);
    assert(held !== undefined, 'terms begin where units do, or after');
    return held.number;
  };
  const from = numberAt(firstMs);
  const term = Math.floor((numberAt(ms) - from) / count);
  const startOf = (number: number) =>
    number === 0 ? firstMs : units.period(from + number * count).startMs;
  return { startMs: startOf(term), endMs: startOf(term + 1) };
}

function monthsFrom(startMs: number, { timeZone }: Counted): BillingCycles {
  const rule = { unit: 'month', count: 1, anchor: { kind: 'start' } } as const;
  return new BillingCycles({ startMs, timeZone, rule });
}

const DAY_MS = 86_400_000;

/** So many dates before the period's end, at its time of day; not before the period begins. */
function datesBefore({ startMs, endMs }: Period, days: number, timeZone: string): number {
  if (days === 0) return endMs;
  const rule = { unit: 'day', count: days, anchor: { kind: 'instant', ms: endMs } } as const;
  const early = new BillingCycles({ startMs: endMs - (days + 2) * DAY_MS, timeZone, rule });
  const last = early.at(endMs - 1);
  assert(last !== undefined, 'it lies in one of the spans before the end');
  return Math.max(startMs, last.period.startMs);
}
