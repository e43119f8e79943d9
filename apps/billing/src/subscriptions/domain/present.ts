import { factsOf, type FactSource } from './facts-of';
import type { Subscription } from './subscription';
import { termsAt, type Terms } from './terms';

/**
 * The terms at the instant; before the subscription starts those that it starts with, after its end the last there
 * were.
 */
export function lastTermsAt(
  subscription: FactSource & Pick<Subscription, 'endMs'>,
  nowMs: number,
): Terms {
  const { startMs, endMs = Infinity, planId, planVersion, quantity } = subscription;
  const ms = Math.max(Math.min(nowMs, endMs - 1), startMs);
  return termsAt(factsOf(subscription), ms) ?? { planId, planVersion, quantity };
}
