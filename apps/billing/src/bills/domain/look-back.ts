import { cyclesOf } from '../../subscriptions/domain/subscription';
import { endOf } from '../../subscriptions/domain/terms';
import type { Progress } from './moments';
import type { Agreement } from './agreement';
import type { Horizon } from './obligations';

/** Until when a bill looks, and how far back it may. */
export interface LookBack extends Pick<Horizon, 'untilMs' | 'graceMs'> {
  /** From when on usage has changed since it was last looked at; unset: it has not. */
  readonly changedMs?: number;
  /** How many cycles back adjustment windows are open. */
  readonly adjustCycles: number;
}

/**
 * Prices of plans that were corrected so long before the last bill fell due were surely known to it. To look again at
 * what has not changed bills nothing.
 */
const SEEN_MS = 3_600_000;

/**
 * The first cycle that a bill looks at: the earliest that is open; or, where usage or a price has changed or a fact
 * became known that concerns an earlier one, that one, as far back as adjustment windows are open. What comes after it
 * is looked at as well, since it may rest on it: a level that is carried on, units that roll over.
 */
export function firstCycleOf(
  agreement: Pick<Agreement, 'subscription' | 'facts' | 'plans'>,
  { cycle, billedFacts, billedUntilMs = -Infinity }: Progress,
  { changedMs = Infinity, ...back }: LookBack,
): number {
  const { facts, plans } = agreement;
  const known = facts.slice(billedFacts).map(({ effectiveMs }) => effectiveMs);
  const corrected = [...plans.values()]
    .flatMap(({ corrections = [] }) => corrections)
    .filter(({ knownMs }) => knownMs >= billedUntilMs - SEEN_MS)
    .map((correction) => correction.effectiveMs);
  return firstCycleFrom(agreement, cycle, Math.min(changedMs, ...known, ...corrected), back);
}

/** The same for what has changed from an instant on, where `cycle` is the earliest that is open. */
export function firstCycleFrom(
  { subscription, facts }: Pick<Agreement, 'subscription' | 'facts'>,
  cycle: number,
  fromMs: number,
  { untilMs, graceMs, adjustCycles }: Omit<LookBack, 'changedMs'>,
): number {
  if (fromMs === Infinity) return cycle;
  const cycles = cyclesOf(subscription);
  const numberAt = (ms: number) => cycles.at(ms)?.number ?? 0;
  // Of a subscription that has ended windows go on closing, as if its cycles went on.
  const ended = hasEnded({ subscription, facts }, cycle);
  const present = ended ? Math.max(cycle, numberAt(untilMs - graceMs)) : cycle;
  return Math.min(cycle, Math.max(numberAt(fromMs), present - adjustCycles, 0));
}

/** Whether the last cycle lies before this one. */
export function hasEnded(
  { subscription, facts }: Pick<Agreement, 'subscription' | 'facts'>,
  cycle: number,
): boolean {
  return cyclesOf(subscription).period(cycle).startMs >= (endOf(facts) ?? Infinity);
}
