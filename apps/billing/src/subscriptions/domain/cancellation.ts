import { assert } from '@billingrails/errors';
import type { Fact, Proration } from './fact';
import type { FactSource } from './facts-of';
import { lastTermsAt } from './present';
import { cyclesOf, type Subscription } from './subscription';

/** When a subscription that is cancelled ends: at once, with the cycle that is under way, or at an instant to come. */
export type CancelTiming = 'now' | 'period_end' | { readonly ms: number };

/** Where a subscription stands. */
export type SubscriptionStatus = 'scheduled' | 'trialing' | 'active' | 'paused' | 'cancelled';

/**
 * The subscription, cancelled at `nowMs`. It never ends later than it would anyway; what was closed
 * stays closed. With a proration what was billed in advance for the time after the end is refunded.
 */
export function cancelled(
  subscription: Subscription,
  timing: CancelTiming,
  nowMs: number,
  proration: Proration = 'none',
): Subscription {
  const cycles = cyclesOf(subscription);
  const fromMs = Math.max(nowMs, subscription.startMs);
  const underWay = cycles.at(fromMs);
  assert(underWay !== undefined, 'from its start on a subscription is in a cycle');
  const askedMs = endAsked(timing, fromMs, underWay.period.endMs);
  const endMs = Math.max(askedMs, cycles.period(subscription.cycle).startMs);
  const { endMs: presentMs = Infinity } = subscription;
  if (endMs >= presentMs) return subscription;
  const fact: Fact = { kind: 'cancelled', proration, effectiveMs: endMs, knownMs: nowMs };
  const changes = [...subscription.changes, fact];
  return { ...subscription, changes, endMs, cancelMs: nowMs };
}

function endAsked(timing: CancelTiming, fromMs: number, cycleEndMs: number): number {
  if (timing === 'now') return fromMs;
  return timing === 'period_end' ? cycleEndMs : Math.max(timing.ms, fromMs);
}

/** Where the subscription stands at `nowMs`. */
export function statusAt(
  subscription: FactSource & Pick<Subscription, 'endMs'>,
  nowMs: number,
): SubscriptionStatus {
  const { startMs, endMs = Infinity } = subscription;
  if (nowMs >= endMs || endMs <= startMs) return 'cancelled';
  if (nowMs < startMs) return 'scheduled';
  const { paused, trial } = lastTermsAt(subscription, nowMs);
  if (paused !== undefined) return 'paused';
  return trial === undefined ? 'active' : 'trialing';
}
