import { assert } from '@billingrails/errors';
import type { FeeId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { shareOf, type Period, type Share, type ShareBasis } from '@billingrails/time';
import type { PlanRef } from '../../catalogue/domain/plan';
import { byEffect, type AddOn, type BilledMeanwhile, type Fact } from './fact';

/** What is agreed at an instant. */
export interface Terms extends PlanRef {
  /** Of what fees by quantity are charged for, such as seats. */
  readonly quantity: Decimal;
  /** What it has beside the plan, in the order in which it was attached. Unset: nothing. */
  readonly addOns?: readonly AddOn[];
  /** What was agreed last for single fees of this subscription alone. Unset: nothing. */
  readonly feeChanges?: ReadonlyMap<FeeId, FeeChanged>;
  /** What is charged while it is paused. Unset: it is not. */
  readonly paused?: BilledMeanwhile | undefined;
  /** What is charged while it is on trial. Unset: it is not. */
  readonly trial?: BilledMeanwhile | undefined;
}

/** The fact that a fee is charged otherwise. */
export type FeeChanged = Extract<Fact, { kind: 'fee_changed' }>;

/** Whether what recurs, or usage, is charged under these terms. */
export function isBilled({ paused, trial }: Terms, what: 'recurring' | 'usage'): boolean {
  return [paused, trial].every((billed) => billed === undefined || billed === what);
}

/** Whether features are granted: in a pause only where usage is charged, so that what may be used is paid for. */
export function isGranting({ paused = 'usage' }: Terms): boolean {
  return paused === 'usage';
}

/** A cycle, and the whole that a short first one is part of. */
export interface CycleSpan {
  readonly number: number;
  readonly period: Period;
  readonly whole: Period;
}

/** A part of a cycle in which the terms are the same. */
export interface Stretch {
  readonly period: Period;
  readonly terms: Terms;
  /** Where in the whole cycle it begins and ends, for prices of a whole cycle. */
  readonly from: Share;
  readonly until: Share;
  /** The kind of the change that began it. */
  readonly begunBy: Fact['kind'];
}

/** The terms at an instant; undefined before the first of them take effect and after a cancellation. */
export function termsAt(facts: readonly Fact[], nowMs: number): Terms | undefined {
  let terms: Terms | undefined;
  for (const fact of byEffect(facts))
    if (fact.effectiveMs <= nowMs) terms = termsAfter(terms, fact);
  return terms;
}

/** When the subscription ends; undefined while nobody has said so. */
export function endOf(facts: readonly Fact[]): number | undefined {
  return endingOf(facts)?.effectiveMs;
}

/** The fact by which the subscription ends; undefined while there is none. */
export function endingOf(facts: readonly Fact[]): Fact | undefined {
  return byEffect(facts).find(isEnd);
}

function isEnd(fact: Fact): boolean {
  return fact.kind === 'cancelled' || (fact.kind === 'trial_ended' && !fact.converts);
}

/**
 * The stretches of a cycle, in order; none where nothing is agreed. With `recurring` a change without proration takes
 * effect where the cycle ends; otherwise, as for usage, when it does.
 */
export function stretchesOf(
  facts: readonly Fact[],
  cycle: CycleSpan,
  timeZone: string,
  { recurring }: { readonly recurring: boolean },
): Stretch[] {
  const { startMs, endMs } = cycle.period;
  const place = (ms: number, basis: ShareBasis) => placeIn(cycle.whole, ms, basis, timeZone);
  const stretches: Stretch[] = [];
  let terms = termsAt(facts, startMs);
  let [fromMs, from] = [startMs, placeOfStart(facts, cycle, place)];
  let begunBy: Fact['kind'] = 'subscribed';
  const end = (untilMs: number, until: Share) => {
    if (terms !== undefined && fromMs < untilMs)
      stretches.push({ period: { startMs: fromMs, endMs: untilMs }, terms, from, until, begunBy });
  };
  const inside = byEffect(facts).filter(
    (fact) => startMs < fact.effectiveMs && fact.effectiveMs < endMs && cuts(fact, { recurring }),
  );
  const places = placesOf(inside, from, place);
  for (const fact of inside) {
    const { effectiveMs } = fact;
    // A stretch that begins with a change and a correction at once was begun by the change.
    const isAt = (other: Fact) => !isCorrection(other) && other.effectiveMs === effectiveMs;
    if (isCorrection(fact) && inside.some(isAt)) continue;
    const until = places.get(effectiveMs);
    assert(until !== undefined, 'every cut has a place');
    end(effectiveMs, until);
    terms = termsAfter(terms, fact);
    [fromMs, from, begunBy] = [effectiveMs, until, fact.kind];
  }
  end(endMs, place(endMs, 'second'));
  return stretches;
}

/**
 * Where cuts, in the order in which they take effect, lie in the whole. Each is where its proration puts it, but never
 * before the change before, nor before the cycle's own beginning: a change by days may follow one by the exact time on
 * one date. Changes at one instant are one cut, where the last of them puts it. An end without proration lies at the
 * end of the whole, as nothing of its cycle is given back. A correction moves no change, as one to the price that holds
 * must change nothing: it gives way to the changes on both its sides.
 */
function placesOf(
  cutting: readonly Fact[],
  start: Share,
  place: (ms: number, basis: ShareBasis) => Share,
): ReadonlyMap<number, Share> {
  const bases = new Map<number, ShareBasis | 'whole' | undefined>();
  for (const fact of cutting) {
    const basis = basisOf(fact);
    bases.set(fact.effectiveMs, isCorrection(fact) ? bases.get(fact.effectiveMs) : basis);
  }
  let before = start;
  const forwards = [...bases].map(([ms, basis]) => {
    const own = basis === 'whole' ? WHOLE : place(ms, basis ?? 'second');
    const at = isBefore(own, before) ? before : own;
    if (basis !== undefined) before = at;
    return [ms, at] as const;
  });
  let after = WHOLE;
  const backwards = forwards.reverse().map(([ms, own]) => {
    if (isBefore(own, after)) after = own;
    return [ms, after] as const;
  });
  return new Map(backwards);
}

const WHOLE: Share = { part: 1n, whole: 1n };

function basisOf(fact: Fact): ShareBasis | 'whole' {
  const proration = prorationOf(fact);
  if (proration === 'none' && isEnd(fact)) return 'whole';
  return proration === 'day' ? 'day' : 'second';
}

function isBefore(a: Share, b: Share): boolean {
  return a.part * b.whole < b.part * a.whole;
}

function isCorrection({ kind }: Fact): boolean {
  return kind === 'price_corrected';
}

/** Where in its whole a cycle begins: only a first one that is short begins elsewhere than at its beginning. */
function placeOfStart(
  facts: readonly Fact[],
  { period }: CycleSpan,
  place: (ms: number, basis: ShareBasis) => Share,
): Share {
  const subscribed = facts.find(({ kind }) => kind === 'subscribed');
  const basis = subscribed === undefined ? undefined : prorationOf(subscribed);
  return basis === 'none' ? { part: 0n, whole: 1n } : place(period.startMs, basis ?? 'second');
}

/** Whether a new part of the cycle begins with the fact. */
function cuts(fact: Fact, { recurring }: { readonly recurring: boolean }): boolean {
  const basis = prorationOf(fact);
  return basis !== undefined && !(basis === 'none' && recurring);
}

/** How the cycle is cut by the fact; undefined for one that cuts none. */
function prorationOf(fact: Fact) {
  switch (fact.kind) {
    case 'subscribed':
    case 'plan_changed':
    case 'quantity_changed':
    case 'add_on_changed':
    case 'fee_changed':
    case 'cancelled':
    case 'paused':
    case 'resumed':
    case 'trial_ended':
      return fact.proration;
    case 'trial_started':
    case 'price_corrected':
      return 'second';
    case 'discount_added':
    case 'discount_removed':
    case 'fee_added':
    case 'term_agreed':
    case 'one_off':
    case 'taken_back':
      return undefined;
  }
}

function termsAfter(before: Terms | undefined, fact: Fact): Terms | undefined {
  switch (fact.kind) {
    case 'subscribed':
      return { planId: fact.planId, planVersion: fact.planVersion, quantity: fact.quantity };
    case 'plan_changed':
      return before && { ...before, planId: fact.planId, planVersion: fact.planVersion };
    case 'quantity_changed':
      return before && { ...before, quantity: fact.quantity };
    case 'add_on_changed':
      return before && { ...before, addOns: withAddOn(before.addOns ?? [], fact) };
    case 'fee_changed':
      return before && { ...before, feeChanges: new Map(before.feeChanges).set(fact.feeId, fact) };
    case 'cancelled':
      return undefined;
    case 'paused':
      return before && { ...before, paused: fact.billed };
    case 'resumed':
      return before && { ...before, paused: undefined };
    case 'trial_started':
      return before && { ...before, trial: fact.billed };
    case 'trial_ended':
      return fact.converts ? before && { ...before, trial: undefined } : undefined;
    case 'discount_added':
    case 'discount_removed':
    case 'fee_added':
    case 'term_agreed':
    case 'one_off':
    case 'taken_back':
    case 'price_corrected':
      return before;
  }
}

/** Another quantity or version keeps its place. */
function withAddOn(before: readonly AddOn[], { planId, planVersion, quantity }: AddOn): AddOn[] {
  const addOn = { planId, planVersion, quantity };
  const isSame = (other: AddOn) => other.planId === planId;
  if (quantity.isZero()) return before.filter((other) => !isSame(other));
  if (!before.some(isSame)) return [...before, addOn];
  return before.map((other) => (isSame(other) ? addOn : other));
}

/** How much of the whole lies before the instant. Its two ends are 0/1 and 1/1 by any measure. */
function placeIn(whole: Period, ms: number, basis: ShareBasis, timeZone: string): Share {
  if (ms === whole.startMs) return { part: 0n, whole: 1n };
  if (ms === whole.endMs) return { part: 1n, whole: 1n };
  return shareOf({ startMs: whole.startMs, endMs: ms }, whole, basis, timeZone);
}
