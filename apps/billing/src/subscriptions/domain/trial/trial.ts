import type { Violation } from '@billingrails/errors';
import { BillingCycles, CYCLE_COUNT_MAX, type CycleRule } from '@billingrails/time';
import { effectiveMsOf, type ChangeTiming } from '../change';
import { byEffect, type BilledMeanwhile, type Fact, type Proration } from '../fact';
import { factsOf } from '../facts-of';
import type { Subscription } from '../subscription';
import { endingOf, termsAt } from '../terms';
import { limitViolations, type TrialLimit, type TrialLimitDraft } from './trial-limit';

/** How long a trial lasts. */
export type TrialLength =
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'until'; readonly ms: number };

/** A trial as it was asked for. */
export interface TrialDraft {
  /** Unset: until its limit is reached. */
  readonly length?: TrialLength;
  /** What is used in it at most. Unset: as much as there is. */
  readonly limit?: TrialLimitDraft;
  readonly billed: BilledMeanwhile;
  /** Whether the subscription goes on when it ends, all of it charged. */
  readonly converts: boolean;
  /** Whether cycles are counted from the start though they could be from the trial's end. */
  readonly cyclesFromStart: boolean;
}

/** The end of a trial from which the subscription goes on, as it was asked for. */
export interface ConvertDraft {
  readonly timing: ChangeTiming;
  readonly proration: Proration;
}

/** A trial that is under way, or to come. */
export interface Trial {
  readonly startMs: number;
  /** Unset: when its limit is reached. */
  readonly endMs?: number;
  readonly billed: BilledMeanwhile;
  readonly converts: boolean;
  /** The number of the fact that ends it. Unset: there is none. */
  readonly endedBy?: number;
  readonly limit?: TrialLimit;
}

type Counted = Pick<Subscription, 'startMs' | 'timeZone' | 'cycleRule' | 'firstProration'>;

/**
 * When the trial of a subscription that starts at `startMs` ends, at the latest: days are those of its zone. Undefined
 * where only its limit says so.
 */
export function trialEndMs(
  { length }: TrialDraft,
  { startMs, timeZone }: Pick<Counted, 'startMs' | 'timeZone'>,
): number | undefined {
  if (length === undefined) return undefined;
  if (length.kind === 'until') return length.ms;
  const rule = { unit: 'day', count: length.days, anchor: { kind: 'start' } } as const;
  return new BillingCycles({ startMs, timeZone, rule }).period(0).endMs;
}

/** What can be wrong with a trial whatever it is of, by path. */
export function trialViolations({ length, limit }: TrialDraft): Violation[] {
  const { day: most } = CYCLE_COUNT_MAX;
  const ofLimit = limit === undefined ? [] : limitViolations(limit, 'trial.limit');
  if (length === undefined && limit === undefined)
    return [{ field: 'trial', description: 'must say days, an end_time or a limit' }];
  if (length?.kind !== 'days' || (length.days >= 1 && length.days <= most)) return ofLimit;
  return [{ field: 'trial.days', description: `must be from 1 to ${most}` }, ...ofLimit];
}

/** The rule by which cycles are counted: from the trial's end where nobody said otherwise. */
export function ruleWithTrial(
  rule: CycleRule,
  { cyclesFromStart }: TrialDraft,
  endMs: number | undefined,
): CycleRule {
  if (endMs === undefined || cyclesFromStart || rule.anchor.kind !== 'start') return rule;
  return { ...rule, anchor: { kind: 'instant', ms: endMs } };
}

/** What becomes of a subscription that starts with the trial. */
export function trialFacts(
  { billed, converts, limit }: Omit<TrialDraft, 'limit'> & { readonly limit?: TrialLimit },
  { startMs, firstProration: proration }: Counted,
  endMs: number | undefined,
  knownMs: number,
): Fact[] {
  const own = limit === undefined ? {} : { limit, converts };
  const started: Fact = { kind: 'trial_started', billed, ...own, effectiveMs: startMs, knownMs };
  if (endMs === undefined) return [started];
  return [started, { kind: 'trial_ended', converts, proration, effectiveMs: endMs, knownMs }];
}

/** The trial that a subscription is in or that is to come. */
export function trialOf(subscription: Subscription, nowMs: number): Trial | undefined {
  const facts = byEffect(factsOf(subscription));
  const started = facts.find((fact) => fact.kind === 'trial_started');
  const ended = facts.find((fact) => fact.kind === 'trial_ended');
  if (started === undefined) return undefined;
  const { effectiveMs: startMs, billed, limit } = started;
  const own = { startMs, billed, ...(limit === undefined ? {} : { limit }) };
  // What only its limit ends may have been cancelled before.
  if (ended === undefined && limit !== undefined)
    return nowMs < (subscription.endMs ?? Infinity)
      ? { ...own, converts: started.converts ?? true }
      : undefined;
  if (ended === undefined || ended.effectiveMs <= nowMs) return undefined;
  const { effectiveMs: endMs, converts, number: endedBy = 0 } = ended;
  return { ...own, endMs, converts, endedBy };
}

/** The subscription, whose trial ends as asked for, sooner or later than it was to end; and it goes on. */
export function converted(
  subscription: Subscription,
  trial: Trial,
  draft: ConvertDraft,
  nowMs: number,
): Subscription {
  const effectiveMs = effectiveMsOf(subscription, draft, nowMs);
  const { proration } = draft;
  return endedAt(subscription, trial, { converts: true, proration, effectiveMs, knownMs: nowMs });
}

/** The subscription, whose trial ends as its limit was seen to be reached, as it would have ended. */
export function endedByLimit(
  subscription: Subscription,
  trial: Trial,
  nowMs: number,
): Subscription {
  const { firstProration: proration } = subscription;
  const { converts } = trial;
  const times = { effectiveMs: nowMs, knownMs: nowMs };
  return endedAt(subscription, trial, { converts, proration, ...times });
}

function endedAt(
  subscription: Subscription,
  { endedBy }: Trial,
  end: Omit<Extract<Fact, { kind: 'trial_ended' }>, 'kind' | 'number'>,
): Subscription {
  const { knownMs } = end;
  const changes: Fact[] = [...subscription.changes];
  if (endedBy !== undefined)
    changes.push({ kind: 'taken_back', change: endedBy, effectiveMs: knownMs, knownMs });
  changes.push({ kind: 'trial_ended', ...end });
  return withEnd({ ...subscription, changes });
}

/** The subscription with the end that its facts say. */
export function withEnd({ endMs: _, cancelMs: __, ...subscription }: Subscription): Subscription {
  const ending = endingOf(factsOf(subscription));
  if (ending === undefined) return subscription;
  return { ...subscription, endMs: ending.effectiveMs, cancelMs: ending.knownMs };
}

/** A trial that has begun, of which so much may be used. */
export interface LimitedTrial {
  readonly startMs: number;
  readonly limit: TrialLimit;
}

/** The trial with a limit that the instant lies in. */
export function limitedTrialAt(facts: readonly Fact[], ms: number): LimitedTrial | undefined {
  const started = byEffect(facts).find((fact) => fact.kind === 'trial_started');
  if (started?.kind !== 'trial_started' || started.limit === undefined) return undefined;
  const { effectiveMs: startMs, limit } = started;
  return termsAt(facts, Math.max(ms, startMs))?.trial === undefined
    ? undefined
    : { startMs, limit };
}

/** The facts as if there were no trial: all that is used is charged. */
export function withoutTrial(facts: readonly Fact[]): Fact[] {
  return facts.filter(({ kind }) => kind !== 'trial_started' && kind !== 'trial_ended');
}
