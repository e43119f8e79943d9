import { assert, type Violation } from '@billingrails/errors';
import type { Decimal } from '@billingrails/money';
import { planKey, type PlanRef } from '../../catalogue/domain/plan';
import type { Fact, Proration } from './fact';
import { lastTermsAt } from './present';
import { cyclesOf, type Subscription } from './subscription';

/** When a change takes effect. */
export type ChangeTiming =
  | { readonly kind: 'now' }
  | { readonly kind: 'period_end' }
  | { readonly kind: 'at_time'; readonly ms: number };

/** A change as it was asked for. */
export interface ChangeDraft {
  /** Unset: the plan stays, in its version. */
  readonly plan?: PlanRef;
  /** Unset: the quantity stays. */
  readonly quantity?: Decimal;
  readonly timing: ChangeTiming;
  readonly proration: Proration;
}

/** All that is wrong with a change, by path under `path`. */
export function changeViolations({ plan, quantity }: ChangeDraft, path: string): Violation[] {
  if (plan !== undefined || quantity !== undefined) return [];
  return [{ field: path, description: 'must name a plan, a quantity or both' }];
}

/** What is wrong with when something is to take effect, by path under `path`. */
export function timingViolations(
  { timing }: Pick<ChangeDraft, 'timing'>,
  nowMs: number,
  path: string,
): Violation[] {
  if (timing.kind !== 'at_time' || timing.ms >= nowMs) return [];
  const description = `must not be before the present, ${new Date(nowMs).toISOString()}`;
  return [{ field: `${path}.effective_time`, description }];
}

/** When the change takes effect. */
export function effectiveMsOf(
  subscription: Subscription,
  { timing }: Pick<ChangeDraft, 'timing'>,
  nowMs: number,
): number {
  const fromMs = Math.max(nowMs, subscription.startMs);
  switch (timing.kind) {
    case 'now':
      return fromMs;
    case 'at_time':
      return Math.max(timing.ms, subscription.startMs);
    case 'period_end': {
      const underWay = cyclesOf(subscription).at(fromMs);
      assert(underWay !== undefined, 'from its start on a subscription is in a cycle');
      return underWay.period.endMs;
    }
  }
}

/** The subscription with the change; as it was where the change changes nothing. */
export function changedBy(
  subscription: Subscription,
  draft: ChangeDraft,
  nowMs: number,
): Subscription {
  const { plan, quantity, proration } = draft;
  const effectiveMs = effectiveMsOf(subscription, draft, nowMs);
  const terms = lastTermsAt(subscription, effectiveMs);
  const times = { effectiveMs, knownMs: nowMs };
  const facts: Fact[] = [
    ...(plan === undefined || planKey(plan) === planKey(terms)
      ? []
      : [{ kind: 'plan_changed', ...plan, proration, ...times } as const]),
    ...(quantity === undefined || quantity.eq(terms.quantity)
      ? []
      : [{ kind: 'quantity_changed', quantity, proration, ...times } as const]),
  ];
  if (facts.length === 0) return subscription;
  return { ...subscription, changes: [...subscription.changes, ...facts] };
}
