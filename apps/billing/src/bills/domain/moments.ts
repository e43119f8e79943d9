import { standing, type Fact } from '../../subscriptions/domain/fact';
import { cyclesOf } from '../../subscriptions/domain/subscription';
import { endOf } from '../../subscriptions/domain/terms';
import type { Agreement } from './agreement';

/** How far a subscription has been billed. */
export interface Progress {
  /** The earliest cycle that has not been closed. */
  readonly cycle: number;
  /** Everything that was due by then has been billed; unset before the first bill. */
  readonly billedUntilMs?: number;
  /**
   * How many of the facts were known to the last bill: those behind them are to be billed, whenever they took effect.
   */
  readonly billedFacts: number;
  /** When changed usage is billed by itself; unset: not. */
  readonly adjustMs?: number;
}

/** An instant at which something falls due. */
export interface Moment {
  readonly ms: number;
  /** Whether the earliest open cycle is closed by the bill. */
  readonly closes: boolean;
  /** Whether it is of closed cycles only, and all else stays due as it was. Unset: it is of all that is due. */
  readonly adjusts?: boolean;
  /**
   * Whether it is for what the running cycle's usage comes to so far, which is billed where it has reached a threshold,
   * and all else stays due as it was. Unset: it is not.
   */
  readonly looks?: boolean;
}

/**
 * When a subscription is to be billed next, by the organisation's clock: where a cycle begins that is charged in
 * advance, where a change takes effect, where a cycle has ended and its grace is over, where changed usage is billed by
 * itself. The latter comes first where both fall due at once. Undefined once it has ended, its last cycle is closed,
 * and nothing has changed.
 */
export function nextMoment(
  agreement: Agreement,
  progress: Progress,
  graceMs: number,
): Moment | undefined {
  const closeMs = closeMsOf(agreement, progress.cycle, graceMs);
  const instants = [closeMs, advanceMsOf(agreement, progress), changeMsOf(agreement, progress)];
  const { adjustMs = Infinity, billedUntilMs = -Infinity } = progress;
  const firstMs = Math.min(adjustMs, ...instants.filter((ms) => ms !== undefined));
  if (firstMs === Infinity) return undefined;
  const ms = Math.max(firstMs, billedUntilMs);
  // Once it has ended there is nothing else.
  if (closeMs !== undefined && adjustMs <= ms) return { ms, closes: false, adjusts: true };
  return { ms, closes: closeMs !== undefined && closeMs <= ms };
}

function closeMsOf(
  { subscription, facts }: Agreement,
  cycle: number,
  graceMs: number,
): number | undefined {
  const { startMs, endMs } = cyclesOf(subscription).period(cycle);
  const lastMs = endOf(facts) ?? Infinity;
  return startMs < lastMs ? Math.min(endMs, lastMs) + graceMs : undefined;
}

/**
 * The first cycle that begins after what was billed, where any fee is charged in advance; the very first also where one
 * is charged once.
 */
function advanceMsOf(
  { subscription, facts, plans }: Agreement,
  { billedUntilMs }: Progress,
): number | undefined {
  const fees = [
    ...[...plans.values()].flatMap((plan) => plan.fees),
    ...facts.flatMap((fact) => (fact.kind === 'fee_added' ? [fact.fee] : [])),
  ];
  const isFirst = billedUntilMs === undefined;
  if (!fees.some((fee) => fee.inAdvance === true || (isFirst && fee.once === true)))
    return undefined;
  const cycles = cyclesOf(subscription);
  const held = billedUntilMs === undefined ? undefined : cycles.at(billedUntilMs);
  const { startMs } = held === undefined ? cycles.period(0) : cycles.after(held.number).period;
  return startMs < (endOf(facts) ?? Infinity) ? startMs : undefined;
}

/** The first change that takes effect after what was billed, or that the last bill did not know. */
function changeMsOf(
  { facts }: Agreement,
  { billedUntilMs = -Infinity, billedFacts }: Progress,
): number | undefined {
  const stands = new Set(standing(facts));
  const instants = facts
    .filter(
      (fact, index) =>
        stands.has(fact) &&
        changes(fact) &&
        (index >= billedFacts || fact.effectiveMs > billedUntilMs),
    )
    .map(({ effectiveMs }) => Math.max(effectiveMs, billedUntilMs));
  return instants.length === 0 ? undefined : Math.min(...instants);
}

function changes(fact: Fact): boolean {
  switch (fact.kind) {
    case 'plan_changed':
    case 'quantity_changed':
    case 'add_on_changed':
    case 'fee_changed':
    case 'discount_added':
    case 'discount_removed':
    case 'cancelled':
    case 'paused':
    case 'resumed':
    case 'trial_ended':
    case 'taken_back':
      return true;
    case 'one_off':
      return fact.billed === 'now';
    case 'subscribed':
    case 'trial_started':
    case 'term_agreed':
    case 'fee_added':
    case 'price_corrected':
      return false;
  }
}
