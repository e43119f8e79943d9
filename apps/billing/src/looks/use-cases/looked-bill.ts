import type { Agreement } from '../../bills/domain/agreement';
import { dueOfBill } from '../../bills/domain/posted-bill';
import type { WantedBill } from '../../bills/use-cases/prepare-bill';
import type { BillingRules } from '../../late/domain/adjustment';
import { cyclesOf, type Subscription } from '../../subscriptions/domain/subscription';
import { lookAt, thresholdsAt } from '../domain/looks';

/** A subscription that is looked at. */
export interface Looked {
  readonly agreement: Agreement;
  readonly subscription: Subscription;
  readonly rules: BillingRules;
  /** How often it was tried, with this time. */
  readonly attempts: number;
}

/**
 * The bill of what the usage of the cycle comes to so far that holds the instant, less what has been billed of it:
 * nothing where it has reached no threshold. Undefined where no thresholds hold then.
 */
export function lookedBill(
  { agreement, subscription, rules, attempts }: Looked,
  ms: number,
): WantedBill | undefined {
  const thresholds = thresholdsAt(agreement, rules, ms);
  const cycle = cyclesOf(subscription).at(ms)?.number;
  if (thresholds === undefined || cycle === undefined) return undefined;
  const { graceMs } = rules;
  return {
    ...{ agreement, subscription, attempts, thresholds },
    horizon: { untilMs: ms, graceMs, running: true, usageOnly: true },
    cycles: { firstCycle: cycle, lastCycle: cycle },
    dueMs: dueOfBill(subscription, lookAt(ms)),
  };
}
