import type { Fact } from './fact';
import type { Subscription } from './subscription';

/** What a subscription's facts are made from. */
export type FactSource = Pick<
  Subscription,
  | 'planId'
  | 'planVersion'
  | 'quantity'
  | 'commitment'
  | 'discounts'
  | 'startMs'
  | 'firstProration'
  | 'createMs'
  | 'fees'
  | 'changes'
>;

/**
 * All facts of a subscription: that it was subscribed to, its own fees, then its changes in the order they became
 * known.
 */
export function factsOf(subscription: FactSource): Fact[] {
  const { planId, planVersion, quantity, startMs, createMs, fees, changes } = subscription;
  const { firstProration: proration, commitment, discounts } = subscription;
  const own = { ...(commitment && { commitment }), ...(discounts && { discounts }) };
  const times = { effectiveMs: startMs, knownMs: createMs };
  return [
    { kind: 'subscribed', planId, planVersion, quantity, proration, ...own, ...times },
    ...fees.map((fee): Fact => ({
      kind: 'fee_added',
      fee,
      effectiveMs: fee.createMs,
      knownMs: fee.createMs,
    })),
    ...numbered(changes),
  ];
}

/** The changes with the numbers by which they are taken back: without them all would seem to stand. */
export function numbered(changes: Subscription['changes']): Fact[] {
  return changes.map((change, index) => ({ ...change, number: index + 1 }));
}
