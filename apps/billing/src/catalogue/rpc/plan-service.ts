import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { mutate } from '@billingrails/mongo';
import { pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { planFromProto, planToProto } from '../contract/plan';
import { missingPlan } from '../domain/plan';
import { createPlan, resolvePlan } from '../use-cases/create-plan';
import type { ServiceParts } from '../../service-parts';
import { versionMethods } from './version-methods';

/** Keeps plans, their versions and fees. */
export function planService(parts: ServiceParts): ServiceImpl<typeof PlanService> {
  const { mongo, plans } = parts;
  return {
    createPlan: (request, context) =>
      mutate(mongo, {
        method: PlanService.method.createPlan,
        request,
        caller: principalOf(context),
        prepare: (organisationId) =>
          resolvePlan(parts, organisationId, planFromProto(request), context.signal),
        async run(session, organisationId, resolved) {
          const plan = await createPlan(parts, session, organisationId, resolved);
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
