import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { invalid } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { commitmentFromProto } from '../contract/commitment';
import { feeDraftFromProto } from '../contract/fee';
import { planToProto, roleFromProto } from '../contract/plan';
import { otherCurrencyViolations } from '../domain/currencies';
import { missingPlan, planViolations, roleViolations, type Plan } from '../domain/plan';
import { refuseIncomplete } from '../use-cases/plan-versions';
import { resolveFees } from '../use-cases/resolve-fees';
import { pageById } from '../../rpc/page';
import type { ServiceParts } from '../../service-parts';
import { versionMethods } from './version-methods';

/** Keeps plans, their versions and fees. */
export function planService(parts: ServiceParts): ServiceImpl<typeof PlanService> {
  const { mongo, ids, plans, clocks, metering } = parts;
  return {
    createPlan: (request, context) =>
      mutate(mongo, {
        method: PlanService.method.createPlan,
        request,
        organisationId: principalOf(context).organisationId,
        async prepare(organisationId) {
          const { name, currencyCode } = request;
          const draft = { name, currencyCode, fees: request.fees.map(feeDraftFromProto) };
          const role = roleFromProto(request.role);
          const violations = [
            ...planViolations(draft),
            ...otherCurrencyViolations(request, 'other_currency_codes'),
            ...roleViolations({ role, ...commitmentFromProto(request.commitment) }, ''),
          ];
          if (violations.length > 0)
            throw invalid('PLAN_INVALID', 'The plan cannot be created.', violations);
          const pathOf = (index: number) => `fees[${index}]`;
          return await resolveFees(metering, organisationId, draft.fees, pathOf, context.signal);
        },
        async run(session, organisationId, fees) {
          const { nowMs: createMs } = await clocks.present(organisationId, session);
          const plan: Plan = {
            id: ids.next('plan'),
            version: 1,
            status: request.draft ? 'draft' : 'published',
            role: roleFromProto(request.role),
            name: request.name,
            currencyCode: request.currencyCode,
            otherCurrencyCodes: request.otherCurrencyCodes,
            fees: fees.map((fee) => ({ ...fee, id: ids.next('fee'), createMs })),
            ...commitmentFromProto(request.commitment),
            createMs,
          };
          if (plan.status === 'published') refuseIncomplete(plan);
          await plans.insert(organisationId, plan, session);
          return { plan: planToProto(plan) };
        },
      }),

    async getPlan({ planId, version }, context) {
      const plan = await plans.find(principalOf(context).organisationId, planId, version);
      if (plan === undefined) throw missingPlan();
      return { plan: planToProto(plan) };
    },

    async listPlans(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        plans.list(organisationId, slice),
      );
      return { plans: items.map(planToProto), nextPageToken };
    },

    ...versionMethods(parts),
  };
}
