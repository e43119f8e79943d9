import { DAY_MS, HOUR_MS } from '@billingrails/time';
import type { Agreement } from '../../bills/domain/agreement';
import type { Moment } from '../../bills/domain/moments';
import { planKey } from '../../catalogue/domain/plan';
import type { UsageThresholds } from '../../catalogue/domain/usage-thresholds';
import type { ClockName } from '../../clocks/domain/clock-name';
import type { BillingSettings } from '../../settings/domain/billing-settings';
import { termsAt } from '../../subscriptions/domain/terms';
import { limitedTrialAt } from '../../subscriptions/domain/trial/trial';

/** When by which clock a look is decided on. */
export interface LookTime {
  readonly clock: ClockName;
  /** The clock's present. */
  readonly presentMs: number;
}

/** By what thresholds the usage of the cycle is billed that holds the instant. Undefined: by none. */
export function thresholdsAt(
  { facts, plans, subscription }: Agreement,
  { usageThresholds }: Pick<BillingSettings, 'usageThresholds'>,
  ms: number,
): UsageThresholds | undefined {
  const terms = termsAt(facts, Math.max(ms, subscription.startMs));
  if (terms === undefined) return undefined;
  const held = usageThresholds ?? plans.get(planKey(terms))?.usageThresholds;
  return held === undefined || held.amounts.length === 0 ? undefined : held;
}

/** Whether what is used is looked at as it comes: it may reach a threshold, or the limit of a trial. */
export function isWatchedAt(
  agreement: Agreement,
  settings: Pick<BillingSettings, 'usageThresholds'>,
  ms: number,
): boolean {
  return (
    limitedTrialAt(agreement.facts, ms) !== undefined ||
    thresholdsAt(agreement, settings, ms) !== undefined
  );
}

/** A look at the running cycle at an instant. */
export function lookAt(ms: number): Moment {
  return { ms, closes: false, adjusts: true, looks: true };
}

/**
 * When a subscription is looked at again after an instant, whatever is told of its usage: by the real time on the hour,
 * by a test clock at each midnight of UTC that it passes, and where it rests.
 */
export function nextLookMs(afterMs: number, { clock, presentMs }: LookTime): number {
  const gridMs = clock === 'real' ? HOUR_MS : DAY_MS;
  const nextMs = (Math.floor(afterMs / gridMs) + 1) * gridMs;
  return clock !== 'real' && afterMs < presentMs ? Math.min(nextMs, presentMs) : nextMs;
}

/** What falls due first: a look, or a bill, which comes first where they fall due at once. */
export function firstOf<M extends Moment | undefined>(
  moment: M,
  lookMs: number | undefined,
): M | Moment {
  if (moment === undefined || lookMs === undefined || moment.ms <= lookMs) return moment;
  return lookAt(lookMs);
}
