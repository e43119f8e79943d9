import type { PlanId } from '@billingrails/ids';
import { planKey, refOf, type Plan } from '../../catalogue/domain/plan';
import type { Charge } from './charge';
import { currencyOf } from './obligations';
import type { Agreement } from './agreement';

/** A plan that stands in the place of another, or of every other. */
export interface Replacement {
  readonly plan: Plan;
  /** In all its versions. Unset: every plan. */
  readonly replaced?: PlanId;
}

/**
 * The agreement as if the plan had been agreed in the place of those that it replaces; undefined where it replaces none
 * or has another currency. In the place of itself nothing is different.
 */
export function simulated(
  agreement: Agreement,
  { plan, replaced }: Replacement,
): Agreement | undefined {
  const { facts, plans } = agreement;
  // A plan stands for plans, an add-on for add-ons.
  const inRole = [...plans.values()].filter(({ role }) => role === plan.role);
  const replaceable = new Set(
    inRole.map(({ id }) => id).filter((id) => replaced === undefined || id === replaced),
  );
  const isReplaced = (id: PlanId) => replaceable.has(id);
  if (currencyOf(agreement) !== plan.currencyCode || replaceable.size === 0) return undefined;
  // What was never agreed has fees that are as old as is needed.
  const fees = plan.fees.map((fee) => ({ ...fee, createMs: 0 }));
  const key = planKey(refOf(plan));
  const own = plans.get(key) ?? { ...plan, fees };
  // Who has the plan keeps the version that they have.
  const isLeft = (id: PlanId) => id === plan.id || !isReplaced(id);
  return {
    ...agreement,
    facts: facts.map((fact) =>
      !('planId' in fact) || isLeft(fact.planId) ? fact : { ...fact, ...refOf(plan) },
    ),
    plans: new Map([...[...plans].filter(([, { id }]) => isLeft(id)), [key, own]]),
  };
}

/** What the sum of a simulation counts: what a plan or a subscription's own fees charge. */
export function isSimulated({ feeId, credit }: Pick<Charge, 'feeId' | 'credit'>): boolean {
  return feeId !== undefined && credit === undefined;
}
