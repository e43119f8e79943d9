import type { Violation } from '@billingrails/errors';
import { effectiveMsOf, type ChangeTiming } from './change';
import { byEffect, type BilledMeanwhile, type Fact, type Proration } from './fact';
import { factsOf } from './facts-of';
import type { Subscription } from './subscription';

/** A pause as it was asked for. */
export interface PauseDraft {
  readonly timing: ChangeTiming;
  /** When it ends. Unset: when that is asked for. */
  readonly resumeMs?: number;
  readonly billed: BilledMeanwhile;
  readonly proration: Proration;
}

/** The end of a pause as it was asked for. */
export interface ResumeDraft {
  readonly timing: ChangeTiming;
  readonly proration: Proration;
}

/** A pause that is under way, or to come. */
export interface Pause {
  readonly startMs: number;
  /** Unset: it has no end yet. */
  readonly endMs?: number;
  readonly billed: BilledMeanwhile;
  /** The numbers of the facts that say so. */
  readonly startedBy: number;
  readonly endedBy?: number;
}

/** The pause that a subscription is in or that is to come: there is never more than one. */
export function pauseOf(subscription: Subscription, nowMs: number): Pause | undefined {
  let pause: Pause | undefined;
  for (const fact of byEffect(factsOf(subscription))) {
    const { effectiveMs, number = 0 } = fact;
    if (fact.kind === 'paused')
      pause = { startMs: effectiveMs, billed: fact.billed, startedBy: number };
    if (fact.kind === 'resumed' && pause?.endMs === undefined)
      pause = pause && { ...pause, endMs: effectiveMs, endedBy: number };
  }
  return (pause?.endMs ?? Infinity) > nowMs ? pause : undefined;
}

/** All that is wrong with a pause that begins at `effectiveMs`, by path under `path`. */
export function pauseViolations(
  { resumeMs = Infinity }: PauseDraft,
  effectiveMs: number,
  path: string,
): Violation[] {
  if (resumeMs > effectiveMs) return [];
  const description = `must be after the pause begins, ${new Date(effectiveMs).toISOString()}`;
  return [{ field: `${path}.resume_time`, description }];
}

/** The subscription, paused. It must be in no pause, and none may be to come. */
export function paused(subscription: Subscription, draft: PauseDraft, nowMs: number): Subscription {
  const { billed, proration, resumeMs } = draft;
  const effectiveMs = effectiveMsOf(subscription, draft, nowMs);
  const facts: Fact[] = [{ kind: 'paused', billed, proration, effectiveMs, knownMs: nowMs }];
  if (resumeMs !== undefined)
    facts.push({ kind: 'resumed', proration, effectiveMs: resumeMs, knownMs: nowMs });
  return { ...subscription, changes: [...subscription.changes, ...facts] };
}

/** The subscription, whose pause ends as asked for and not when it was to end. One that has not begun never comes. */
export function resumed(
  subscription: Subscription,
  pause: Pause,
  draft: ResumeDraft,
  nowMs: number,
): Subscription {
  const effectiveMs = effectiveMsOf(subscription, draft, nowMs);
  const never = pause.startMs > nowMs && effectiveMs <= pause.startMs;
  const times = { effectiveMs: nowMs, knownMs: nowMs };
  const takenBack = [...(never ? [pause.startedBy] : []), pause.endedBy].flatMap(
    (change) => change ?? [],
  );
  const facts: Fact[] = takenBack.map((change) => ({ kind: 'taken_back', change, ...times }));
  if (!never)
    facts.push({ kind: 'resumed', proration: draft.proration, effectiveMs, knownMs: nowMs });
  return { ...subscription, changes: [...subscription.changes, ...facts] };
}
