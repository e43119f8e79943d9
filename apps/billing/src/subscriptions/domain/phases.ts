import type { Violation } from '@billingrails/errors';
import { changedBy, type ChangeDraft } from './change';
import { cyclesOf, type Subscription } from './subscription';

/** A change that is known when a subscription begins. */
export interface PhaseDraft extends Pick<ChangeDraft, 'plan' | 'quantity' | 'proration'> {
  /** As they were asked for; `plan` is what they come to. Empty, and 0: as in a change. */
  readonly planId: string;
  readonly planVersion: number;
  readonly begins:
    | { readonly kind: 'at'; readonly ms: number }
    /** With the cycle behind so many. */
    | { readonly kind: 'after_cycles'; readonly cycles: number };
}

/** When a phase of the subscription begins. */
export function phaseMsOf({ begins }: PhaseDraft, subscription: Subscription): number {
  if (begins.kind === 'at') return begins.ms;
  return cyclesOf(subscription).period(begins.cycles).startMs;
}

/** All that is wrong with the phases of a subscription, by path. */
export function phaseViolations(
  phases: readonly PhaseDraft[],
  subscription: Subscription,
): Violation[] {
  const { startMs, endMs = Infinity } = subscription;
  let beforeMs = startMs;
  return phases.flatMap((phase, index) => {
    const path = `phases[${index}]`;
    const ms = phaseMsOf(phase, subscription);
    const violations: Violation[] = [];
    if (phase.planId === '' && phase.planVersion === 0 && phase.quantity === undefined)
      violations.push({ field: path, description: 'must name a plan, its version or a quantity' });
    if (ms <= beforeMs)
      violations.push({
        field: path,
        description: 'must begin after the start and after the phase before',
      });
    if (ms >= endMs)
      violations.push({ field: path, description: 'must begin before the subscription ends' });
    beforeMs = Math.max(ms, beforeMs);
    return violations;
  });
}

/** The subscription with its phases, known from the start. */
export function withPhases(
  subscription: Subscription,
  phases: readonly PhaseDraft[],
): Subscription {
  return phases.reduce((before, phase) => {
    const timing = { kind: 'at_time', ms: phaseMsOf(phase, subscription) } as const;
    return changedBy(before, { ...phase, timing }, subscription.createMs);
  }, subscription);
}
