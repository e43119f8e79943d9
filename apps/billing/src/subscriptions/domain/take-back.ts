import { standing, type Fact } from './fact';
import { factsOf } from './facts-of';
import type { Subscription } from './subscription';
import { withEnd } from './trial/trial';

const TAKEN_BACK = new Set<Fact['kind']>([
  'plan_changed',
  'quantity_changed',
  'add_on_changed',
  'fee_changed',
  'discount_added',
  'discount_removed',
  'cancelled',
]);

/** The change of that number that has not taken effect and can be taken back: what was changed, or an end. */
export function scheduledChange(
  subscription: Subscription,
  change: number,
  nowMs: number,
): Fact | undefined {
  return standing(factsOf(subscription)).find(
    ({ kind, number, effectiveMs }) =>
      number === change && effectiveMs > nowMs && TAKEN_BACK.has(kind),
  );
}

/** The subscription, of which that change does not come to be. */
export function takenBack(subscription: Subscription, change: number, nowMs: number): Subscription {
  const fact: Fact = { kind: 'taken_back', change, effectiveMs: nowMs, knownMs: nowMs };
  return withEnd({ ...subscription, changes: [...subscription.changes, fact] });
}
