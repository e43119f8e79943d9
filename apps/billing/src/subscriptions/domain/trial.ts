import type { Violation } from '@billingrails/errors';
import { BillingCycles, CYCLE_COUNT_MAX, type CycleRule } from '@billingrails/time';
import { effectiveMsOf, type ChangeTiming } from './change';
import { byEffect, type BilledMeanwhile, type Fact, type Proration } from './fact';
import { factsOf } from './facts-of';
import type { Subscription } from './subscription';
import { endingOf } from './terms';

/** How long a trial lasts. */
export type TrialLength =
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'until'; readonly ms: number };

/** A trial as it was asked for. */
export interface TrialDraft {
  readonly length: TrialLength;
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
  readonly endMs: number;
  readonly billed: BilledMeanwhile;
  readonly converts: boolean;
  /** The number of the fact that ends it. */
  readonly endedBy: number;
}

type Counted = Pick<Subscription, 'startMs' | 'timeZone' | 'cycleRule' | 'firstProration'>;

/** When the trial of a subscription that starts at `startMs` ends: days are those of its zone. */
export function trialEndMs(
  { length }: TrialDraft,
  { startMs, timeZone }: Pick<Counted, 'startMs' | 'timeZone'>,
): number {
  if (length.kind === 'until') return length.ms;
  const rule = { unit: 'day', count: length.days, anchor: { kind: 'start' } } as const;
  return new BillingCycles({ startMs, timeZone, rule }).period(0).endMs;
}

/** What can be wrong with a trial whatever it is of, by path. */
export function trialViolations({ length }: TrialDraft): Violation[] {
  const { day: most } = CYCLE_COUNT_MAX;
  if (length.kind === 'until' || (length.days >= 1 && length.days <= most)) return [];
  return [{ field: 'trial.days', description: `must be from 1 to ${most}` }];
}

/** The rule by which cycles are counted: from the trial's end where nobody said otherwise. */
export function ruleWithTrial(
  rule: CycleRule,
  { cyclesFromStart }: TrialDraft,
  endMs: number,
): CycleRule {
  if (cyclesFromStart || rule.anchor.kind !== 'start') return rule;
  return { ...rule, anchor: { kind: 'instant', ms: endMs } };
}

/** What becomes of a subscription that starts with the trial. */
export function trialFacts(
  { billed, converts }: TrialDraft,
  { startMs, firstProration: proration }: Counted,
  endMs: number,
  knownMs: number,
): Fact[] {
  return [
    { kind: 'trial_started', billed, effectiveMs: startMs, knownMs },
    { kind: 'trial_ended', converts, proration, effectiveMs: endMs, knownMs },
  ];
}

/** The trial that a subscription is in or that is to come. */
export function trialOf(subscription: Subscription, nowMs: number): Trial | undefined {
  const facts = byEffect(factsOf(subscription));
  const started = facts.find((fact) => fact.kind === 'trial_started');
  const ended = facts.find((fact) => fact.kind === 'trial_ended');
  if (started === undefined || ended === undefined || ended.effectiveMs <= nowMs) return undefined;
  const { effectiveMs: startMs, billed } = started;
  const { effectiveMs: endMs, converts, number: endedBy = 0 } = ended;
  return { startMs, endMs, billed, converts, endedBy };
}

/** The subscription, whose trial ends as asked for, sooner or later than it was to end; and it goes on. */
export function converted(
  subscription: Subscription,
  { endedBy }: Trial,
  draft: ConvertDraft,
  nowMs: number,
): Subscription {
  const effectiveMs = effectiveMsOf(subscription, draft, nowMs);
  const { proration } = draft;
  const changes: Fact[] = [
    ...subscription.changes,
    { kind: 'taken_back', change: endedBy, effectiveMs: nowMs, knownMs: nowMs },
    { kind: 'trial_ended', converts: true, proration, effectiveMs, knownMs: nowMs },
  ];
  return withEnd({ ...subscription, changes });
}

/** The subscription with the end that its facts say. */
export function withEnd({ endMs: _, cancelMs: __, ...subscription }: Subscription): Subscription {
  const ending = endingOf(factsOf(subscription));
  if (ending === undefined) return subscription;
  return { ...subscription, endMs: ending.effectiveMs, cancelMs: ending.knownMs };
}
