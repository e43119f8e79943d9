import type { PlanRef } from '../../../catalogue/domain/plan';
import type { Fact } from '../../../subscriptions/domain/fact';

/**
 * Another computation of what recurring fees and usage come to, plain and slow: it walks through every hour of a cycle,
 * asks what is agreed in it, and adds up fractions of integers. It shares no code with the engine.
 */
export interface OracleFee {
  /** The names of the versions of plans that have it. */
  readonly plans: readonly string[];
  /** In cents for a cycle, or for each event. */
  readonly cents: bigint;
  readonly kind: 'recurring' | 'seats' | 'usage';
  /** What is let off in so many cycles from the first on, until it costs something else. */
  readonly off?: { readonly cents: bigint; readonly cycles: number };
  /** What it costs instead from instants on, in the order of what was said: of one instant the last is right. */
  readonly corrected?: readonly { readonly fromMs: number; readonly cents: bigint }[];
}

export interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

export const HOUR = 3_600_000;

/** What a fee comes to in a cycle (months of UTC from January 2024), in cents. Changes lie on full hours. */
export function oracleCents(
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
  const placed = placedIn(inOrder, start, fee.kind !== 'usage');
  const corrected = correctedIn(fee, placed);
  let sum = 0n;
  for (let hour = 0; hour < hours; hour += 1) {
    const ms = start + hour * HOUR;
    const [plan, seats, ...limits] = agreedAt(placed, ms);
    if (plan === undefined || !fee.plans.includes(planName(plan))) continue;
    const what = fee.kind === 'usage' ? 'usage' : 'recurring';
    if (limits.some((billed) => billed !== undefined && billed !== what)) continue;
    const off = fee.off !== undefined && cycle < fee.off.cycles ? fee.off.cents : 0n;
    const cents = centsAt(fee.cents - off, corrected, ms);
    if (fee.kind === 'recurring') sum += cents;
    if (fee.kind === 'seats') sum += cents * seats;
    if (fee.kind === 'usage') {
      sum += cents * BigInt(inHour[hour] ?? 0) * BigInt(hours);
    }
  }
  return { top: sum, bottom: BigInt(hours) };
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
  readonly countsMs: number;
}

/** A correction counts from its instant, but no later than the change at or after it: it moves no change. */
function correctedIn({ corrected = [] }: OracleFee, changes: readonly Placed[]): Corrected[] {
  return corrected.map(({ fromMs, cents }) => {
    const next = changes.find(({ fact }) => fact.effectiveMs >= fromMs);
    return { fromMs, cents, countsMs: Math.min(fromMs, next?.fromMs ?? Infinity) };
  });
}

function centsAt(cents: bigint, corrected: readonly Corrected[], ms: number): bigint {
  let [right, since] = [cents, -Infinity];
  for (const { fromMs, cents: other, countsMs } of corrected)
    if (countsMs <= ms && fromMs >= since) [right, since] = [other, fromMs];
  return right;
}

/** Who named a fact later took it back. */
export function standingOf(inOrder: readonly Fact[]): Fact[] {
  return inOrder.filter(
    ({ number }) => !inOrder.some((each) => each.kind === 'taken_back' && each.change === number),
  );
}

/** A change of what recurs counts as it is prorated, the last of an instant for all; never before the one before. */
export function placedIn(
  inOrder: readonly Fact[],
  cycleStart: number,
  recurring: boolean,
): Placed[] {
  const placed: Placed[] = [];
  const counted = standingOf(inOrder).filter((fact) => {
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
export function agreedAt(
  placed: readonly Placed[],
  ms: number,
): [
  plan: PlanRef | undefined,
  seats: bigint,
  paused: string | undefined,
  trial: string | undefined,
] {
  let plan: PlanRef | undefined;
  let seats = 0n;
  let paused: string | undefined;
  let trial: string | undefined;
  for (const { fact, fromMs } of placed) {
    if (fromMs > ms) continue;
    if (fact.kind === 'subscribed') [plan, seats] = [fact, BigInt(fact.quantity.toString())];
    if (fact.kind === 'plan_changed' && plan !== undefined) plan = fact;
    if (fact.kind === 'quantity_changed') seats = BigInt(fact.quantity.toString());
    if (fact.kind === 'cancelled') plan = undefined;
    if (fact.kind === 'paused') paused = fact.billed;
    if (fact.kind === 'resumed') paused = undefined;
    if (fact.kind === 'trial_started') trial = fact.billed;
    if (fact.kind === 'trial_ended') trial = undefined;
    if (fact.kind === 'trial_ended' && !fact.converts) plan = undefined;
  }
  return [plan, seats, paused, trial];
}

/** Half away from zero. */
export function roundFraction({ top, bottom }: Fraction): bigint {
  const twice = 2n * (top < 0n ? -top : top) + bottom;
  const size = twice / (2n * bottom);
  return top < 0n ? -size : size;
}
