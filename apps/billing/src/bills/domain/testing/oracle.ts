import type { FeeId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import type { PlanRef } from '../../../catalogue/domain/plan';
import type { Fact } from '../../../subscriptions/domain/fact';
import { oracleDiscounts } from './oracle-discounts';
import { HOUR, standingOf } from './oracle-facts';

/**
 * Another computation of what recurring fees and usage come to, plain and slow: it walks through every hour of a cycle,
 * asks what is agreed in it, and adds up fractions of integers. It shares no code with the engine.
 */
export interface OracleFee {
  /** The names of the versions of plans, or of an add-on, that have it: of one plan, and its number. */
  readonly plans: readonly string[];
  /** What fees of it are named by in facts. */
  readonly id: FeeId;
  /** In cents for a cycle, or for each event. */
  readonly cents: bigint;
  readonly kind: 'recurring' | 'seats' | 'usage' | 'once';
  /** What is let off in so many cycles from the first on, until it costs something else. */
  readonly off?: { readonly cents: bigint; readonly cycles: number };
  /** What it costs instead from instants on, with the place of what says so among the facts. */
  readonly corrected?: readonly {
    readonly fromMs: number;
    readonly cents: bigint;
    readonly place: number;
  }[];
  /** What it costs for this subscription alone, by the place of the fact; unset is what is listed. */
  readonly agreed?: ReadonlyMap<number, bigint | 'removed' | undefined>;
}

export interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** What a fee comes to in a cycle (months of UTC from January 2024), in cents. Changes lie on full hours. */
export function oracleCents(
  fee: OracleFee,
  cycle: number,
  facts: readonly Fact[],
  eventsMs: readonly number[],
  planName: (plan: PlanRef) => string,
): Fraction {
  let { top, bottom } = listedCents(fee, cycle, facts, eventsMs, planName);
  for (const { percentOff, feeId = fee.id } of oracleDiscounts(cycle, facts)) {
    if (percentOff === undefined || feeId !== fee.id) continue;
    top *= 100n - BigInt(percentOff.toString());
    bottom *= 100n;
  }
  return { top, bottom };
}

/** Without what is let off of the whole subscription. */
function listedCents(
  fee: OracleFee,
  cycle: number,
  facts: readonly Fact[],
  eventsMs: readonly number[],
  planName: (plan: PlanRef) => string,
): Fraction {
  const [start, end] = [Date.UTC(2024, cycle, 1), Date.UTC(2024, cycle + 1, 1)];
  const hours = (end - start) / HOUR;
  const inOrder = [...facts].sort((a, b) => a.effectiveMs - b.effectiveMs);
  const inHour = new Array<number>(hours).fill(0);
  for (const event of eventsMs)
    if (event >= start && event < end) {
      const hour = Math.floor((event - start) / HOUR);
      inHour[hour] = (inHour[hour] ?? 0) + 1;
    }
  if (fee.kind === 'once')
    return { top: onceCents(fee, [start, end], inOrder, facts, planName), bottom: 1n };
  const placed = placedIn(inOrder, start, fee.kind !== 'usage');
  const corrected = correctedIn(fee, placed);
  let sum = 0n;
  let agreed = agreedAt(placed, start);
  for (let hour = 0; hour < hours; hour += 1) {
    const ms = start + hour * HOUR;
    if (placed.some(({ fromMs }) => fromMs === ms)) agreed = agreedAt(placed, ms);
    const seats = [...agreed.had].find(([plan]) => fee.plans.includes(planName(plan)))?.[1];
    if (seats === undefined) continue;
    if (!isCharged(agreed, fee.kind === 'usage' ? 'usage' : 'recurring')) continue;
    const off = fee.off !== undefined && cycle < fee.off.cycles ? fee.off.cents : 0n;
    const cents = centsAt({ ...fee, cents: fee.cents - off }, corrected, agreed, facts, ms);
    if (fee.kind === 'recurring') sum += cents;
    if (fee.kind === 'seats') sum += cents * seats;
    if (fee.kind === 'usage') {
      sum += cents * BigInt(inHour[hour] ?? 0) * BigInt(hours);
    }
  }
  return { top: sum, bottom: BigInt(hours) };
}

/** Of a fee that is charged once: when its plan or add-on begins, as soon as what recurs is charged. */
function onceCents(
  fee: OracleFee,
  [start, end]: readonly [number, number],
  inOrder: readonly Fact[],
  facts: readonly Fact[],
  planName: (plan: PlanRef) => string,
): bigint {
  // Where a change is charged without proration, too, it takes effect when it does.
  const placed = placedIn(inOrder, Infinity, false).map(({ fact }) => ({
    ...{ fact, fromMs: fact.effectiveMs },
  }));
  const corrected = (fee.corrected ?? []).map((each) => ({ ...each, countsMs: each.fromMs }));
  const planOf = (name: string) => name.split(' ')[0];
  let [sum, begun] = [0n, false];
  for (const ms of new Set(placed.map(({ fromMs }) => fromMs))) {
    if (ms >= end) break;
    const agreed = agreedAt(placed, ms);
    const names = [...agreed.had.keys()].map(planName);
    const version = names.find((name) => planOf(name) === planOf(fee.plans[0] ?? ''));
    if (version === undefined) begun = false;
    else if (!begun && isCharged(agreed, 'recurring')) {
      begun = true;
      if (ms >= start && fee.plans.includes(version))
        sum += centsAt(fee, corrected, agreed, facts, ms);
    }
  }
  return sum;
}

function isCharged({ limits }: Agreed, what: 'recurring' | 'usage'): boolean {
  return limits.every((billed) => billed === undefined || billed === what);
}

/** What changes the terms, with the instant from which it counts. */
interface Placed {
  readonly fact: Fact;
  readonly fromMs: number;
}

/** A correction, with the instant from which it counts. */
interface Corrected {
  readonly fromMs: number;
  readonly cents: bigint;
  readonly place: number;
  readonly countsMs: number;
}

/** A correction counts from its instant, but no later than the change at or after it: it moves no change. */
function correctedIn({ corrected = [] }: OracleFee, changes: readonly Placed[]): Corrected[] {
  return corrected.map((each) => {
    const next = changes.find(({ fact }) => fact.effectiveMs >= each.fromMs);
    return { ...each, countsMs: Math.min(each.fromMs, next?.fromMs ?? Infinity) };
  });
}

/** What took effect last is right, of one instant what was said last; what is agreed is right as long as it holds. */
function centsAt(
  { id, cents, agreed }: OracleFee,
  corrected: readonly Corrected[],
  { ofFees }: Agreed,
  facts: readonly Fact[],
  ms: number,
): bigint {
  const holding = ofFees.get(id);
  const place = holding === undefined ? -1 : facts.indexOf(holding);
  const special = agreed?.get(place);
  if (special === 'removed') return 0n;
  const said = [
    ...corrected.filter(({ countsMs }) => countsMs <= ms),
    ...(holding === undefined ? [] : [{ fromMs: holding.effectiveMs, cents: special, place }]),
  ];
  const [last] = said.sort((a, b) => b.fromMs - a.fromMs || b.place - a.place);
  return last?.cents ?? cents;
}

/** Without what says what is so by then: it is no change. */
function changing(inOrder: readonly Fact[]): Fact[] {
  const so = new Map<string, string>();
  return inOrder.filter((fact) => {
    if (fact.kind === 'subscribed')
      so.set('plan', versionText(fact)).set('seats', fact.quantity.toString());
    if (fact.kind === 'price_corrected') so.set(fact.feeId, 'corrected');
    const [of, what] = changeText(fact) ?? ['', ''];
    if (of === '') return true;
    const before = so.get(of) ?? 'as ever';
    so.set(of, what);
    return before !== what;
  });
}

function versionText({ planId, planVersion }: PlanRef): string {
  return `${planId} ${planVersion}`;
}

function changeText(fact: Fact): readonly [of: string, what: string] | undefined {
  if (fact.kind === 'plan_changed') return ['plan', versionText(fact)];
  if (fact.kind === 'quantity_changed') return ['seats', fact.quantity.toString()];
  if (fact.kind === 'add_on_changed')
    return [
      fact.planId,
      fact.quantity.isZero() ? 'as ever' : `${versionText(fact)} ${fact.quantity.toString()}`,
    ];
  if (fact.kind !== 'fee_changed') return undefined;
  if (fact.price === undefined) return [fact.feeId, fact.removed ? 'removed' : 'as ever'];
  return [fact.feeId, JSON.stringify(fact.price)];
}

/** A change of what recurs counts as it is prorated, the last of an instant for all; never before the one before. */
export function placedIn(
  inOrder: readonly Fact[],
  cycleStart: number,
  recurring: boolean,
): Placed[] {
  const placed: Placed[] = [];
  const counted = changing(standingOf(inOrder)).filter((fact) => {
    if (fact.kind === 'trial_started') return true;
    if (!('proration' in fact)) return false;
    const isInside = fact.kind !== 'subscribed' && fact.effectiveMs > cycleStart;
    return !(isInside && recurring && fact.proration === 'none');
  });
  for (const fact of counted) {
    const { effectiveMs } = fact;
    const last = counted.filter((other) => other.effectiveMs === effectiveMs).at(-1) ?? fact;
    const isByDay = recurring && 'proration' in last && last.proration === 'day';
    // The date of a change counts for what comes after it.
    const own = isByDay ? effectiveMs - (effectiveMs % (24 * HOUR)) : effectiveMs;
    placed.push({ fact, fromMs: Math.max(own, placed.at(-1)?.fromMs ?? own) });
  }
  return placed;
}

/** What is agreed at an instant. */
export interface Agreed {
  readonly plan: PlanRef | undefined;
  /** The plan and the add-ons, each with its quantity. */
  readonly had: ReadonlyMap<PlanRef, bigint>;
  /** What is charged at most: in a pause, on trial. */
  readonly limits: readonly (string | undefined)[];
  /** What was agreed last for single fees, by their ids. */
  readonly ofFees: ReadonlyMap<string, Fact>;
}

export function agreedAt(placed: readonly Placed[], ms: number): Agreed {
  let plan: PlanRef | undefined;
  let seats = 0n;
  let paused: string | undefined;
  let trial: string | undefined;
  const addOns = new Map<string, readonly [PlanRef, bigint]>();
  const ofFees = new Map<string, Fact>();
  for (const { fact, fromMs } of placed) {
    if (fromMs > ms) continue;
    if (fact.kind === 'subscribed') [plan, seats] = [fact, BigInt(fact.quantity.toString())];
    if (fact.kind === 'plan_changed' && plan !== undefined) plan = fact;
    if (fact.kind === 'quantity_changed') seats = BigInt(fact.quantity.toString());
    if (fact.kind === 'add_on_changed')
      addOns.set(fact.planId, [fact, BigInt(fact.quantity.toString())]);
    if (fact.kind === 'fee_changed') ofFees.set(fact.feeId, fact);
    if (fact.kind === 'cancelled') plan = undefined;
    if (fact.kind === 'paused') paused = fact.billed;
    if (fact.kind === 'resumed') paused = undefined;
    if (fact.kind === 'trial_started') trial = fact.billed;
    if (fact.kind === 'trial_ended') trial = undefined;
    if (fact.kind === 'trial_ended' && !fact.converts) plan = undefined;
  }
  const attached = [...addOns.values()].filter(([, count]) => count > 0n);
  const had = plan === undefined ? [] : ([[plan, seats], ...attached] as const);
  return { plan, had: new Map(had), limits: [paused, trial], ofFees };
}

/** What is charged for an end before that of a term, in cents: for the end that comes first, at most one. */
export function oracleEarly(facts: readonly Fact[]): bigint[] {
  const [first] = standingOf([...facts].sort((a, b) => a.effectiveMs - b.effectiveMs)).filter(
    (fact) => fact.kind === 'cancelled' || (fact.kind === 'trial_ended' && !fact.converts),
  );
  if (first?.kind !== 'cancelled' || first.fee === undefined) return [];
  return [BigInt(first.fee.amount.mul(decimal(100)).toString())];
}

/** Half away from zero. */
export function roundFraction({ top, bottom }: Fraction): bigint {
  const twice = 2n * (top < 0n ? -top : top) + bottom;
  const size = twice / (2n * bottom);
  return top < 0n ? -size : size;
}
