import type { Violation } from '@billingrails/errors';
import type { Discount } from '../../catalogue/domain/discount';
import type { FeeChange } from '../../catalogue/domain/price-correction';
import type { AskedAddOn } from './asked';
import type { ChangeDraft } from './change';
import { cyclesOf, type Subscription } from './subscription';

/** A change that is known when a subscription begins, as it was asked for; `F` is how fees are charged otherwise. */
export interface PhaseDraft<F = FeeChange> extends Pick<ChangeDraft, 'quantity' | 'proration'> {
  /** Empty, and 0: as in a change. */
  readonly planId: string;
  readonly planVersion: number;
  readonly addOns: readonly AskedAddOn[];
  readonly fees: readonly F[];
  readonly addedDiscounts: readonly Discount[];
  readonly begins:
    | { readonly kind: 'at'; readonly ms: number }
    /** With the cycle behind so many. */
    | { readonly kind: 'after_cycles'; readonly cycles: number };
}

/** When a phase of the subscription begins. */
export function phaseMsOf(
  { begins }: Pick<PhaseDraft, 'begins'>,
  subscription: Subscription,
): number {
  if (begins.kind === 'at') return begins.ms;
  return cyclesOf(subscription).period(begins.cycles).startMs;
}

/** All that is wrong with when the phases of a subscription begin, or that they say nothing; by path. */
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
    const { planId, planVersion, quantity, addOns, fees, addedDiscounts } = phase;
    const isEmpty = [addOns, fees, addedDiscounts].every(({ length }) => length === 0);
    if (planId === '' && planVersion === 0 && quantity === undefined && isEmpty) {
      const description =
        'must name a plan, its version, a quantity, add-ons, fees or discounts that begin';
      violations.push({ field: path, description });
    }
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
