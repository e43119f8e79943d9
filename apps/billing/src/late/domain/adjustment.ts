import { firstCycleFrom, hasEnded } from '../../bills/domain/look-back';
import type { Moment, Progress } from '../../bills/domain/moments';
import type { Agreement } from '../../bills/domain/agreement';
import type { BillingSettings } from '../../settings/domain/billing-settings';
import { cyclePeriod, type Subscription } from '../../subscriptions/domain/subscription';

/** Says that usage of a subscription has changed, until a bill has looked. */
export interface Mark {
  /** The earliest instant from which on it may come to something else. */
  readonly fromMs: number;
  /** When the first of the changes became known, by the organisation's clock. */
  readonly knownMs: number;
  /** Rises with every change. */
  readonly version: number;
}

/** By what rules a subscription is billed. */
export interface BillingRules extends BillingSettings {
  /** How many closed cycles can be adjusted. */
  readonly adjustCycles: number;
}

/**
 * The progress of a subscription with the moment at which its changed usage is billed by itself: where that is so set,
 * and after its last bill, as there is no next one to be on. It is when a grace has passed since the change became
 * known, so that what comes together is billed together.
 */
export function withAdjustment(
  agreement: Agreement,
  progress: Progress,
  mark: Mark | undefined,
  { graceMs, adjustCycles, adjustmentBilling }: BillingRules,
): Progress {
  if (mark === undefined) return progress;
  const isOwn = adjustmentBilling === 'own_bill';
  if (!isOwn && !hasEnded(agreement, progress.cycle)) return progress;
  const adjustMs = Math.max(mark.knownMs + graceMs, progress.billedUntilMs ?? -Infinity);
  const { cycle } = progress;
  const back = { untilMs: adjustMs, graceMs, adjustCycles };
  // A price that was corrected is on the next bill, whatever usage of the open cycle has become known.
  return firstCycleFrom(agreement, cycle, mark.fromMs, back) < cycle
    ? { ...progress, adjustMs }
    : progress;
}

/**
 * What of the changes the bill of the moment looks at: where changed usage has bills of its own, other bills look at no
 * closed cycle for it.
 */
export function lookedChanges(
  agreement: Agreement,
  subscription: Subscription,
  { adjusts = false }: Moment,
  mark: Mark | undefined,
  { adjustmentBilling }: BillingRules,
): Mark | undefined {
  const { cycle } = subscription;
  if (mark === undefined || adjusts || adjustmentBilling === 'next_bill') return mark;
  const isOpen = mark.fromMs >= cyclePeriod(subscription, cycle).startMs;
  return isOpen || hasEnded(agreement, cycle) ? mark : undefined;
}
