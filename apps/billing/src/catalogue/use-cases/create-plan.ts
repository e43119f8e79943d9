import { invalid } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { otherCommitmentViolations, otherCurrencyViolations } from '../domain/currencies';
import { planViolations, roleViolations, type Plan, type PlanDraft } from '../domain/plan';
import { refuseIncomplete, tellOfPlan } from './plan-versions';
import { resolveFees, type FeeParts, type ResolvedFee } from './resolve-fees';

/** A plan that is to be made, the meter profiles of its fees found. */
export interface ResolvedPlan extends Omit<PlanDraft, 'fees'> {
  readonly fees: readonly ResolvedFee[];
}

/** Finds the meter profiles of a plan's fees. Throws a DomainError that names every violation of the plan. */
export async function resolvePlan(
  parts: FeeParts,
  organisationId: OrganisationId,
  draft: PlanDraft,
  signal: AbortSignal,
): Promise<ResolvedPlan> {
  const violations = [
    ...planViolations(draft),
    ...otherCurrencyViolations(draft, 'other_currency_codes'),
    ...otherCommitmentViolations(draft, 'other_commitments'),
    ...roleViolations(draft, ''),
  ];
  if (violations.length > 0)
    throw invalid('PLAN_INVALID', 'The plan cannot be created.', violations);
  const pathOf = (index: number) => `fees[${index}]`;
  const fees = await resolveFees(parts, organisationId, draft.fees, pathOf, signal);
  return { ...draft, fees };
}

/** Keeps a plan in its first version. Throws a DomainError for a published one not priced in all its currencies. */
export async function createPlan(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: ResolvedPlan,
): Promise<Plan> {
  const { plans, clocks, ids } = parts;
  const { nowMs: createMs } = await clocks.present(organisationId, session);
  const fees = draft.fees.map((fee) => ({ ...fee, id: ids.next('fee'), createMs }));
  const plan: Plan = { ...draft, id: ids.next('plan'), version: 1, fees, createMs };
  if (plan.status === 'published') refuseIncomplete(plan);
  await plans.insert(organisationId, plan, session);
  if (plan.status === 'published')
    await tellOfPlan(parts, session, organisationId, { type: 'plan.published', plan });
  return plan;
}
