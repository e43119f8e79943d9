import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PlanSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { invalid } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { feeDraftFromProto, feeToProto } from '../contract/fee';
import { priceCorrectionToProto } from '../contract/price-correction';
import { missingPlan, planViolations, type Plan } from '../domain/plan';
import { resolveFees } from '../use-cases/resolve-fees';
import { addedFee, prepareFee } from '../use-cases/add-fee';
import { pageById } from '../../rpc/page';
import type { ServiceParts } from '../../service-parts';

/** Keeps plans and their fees. */
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
          const violations = planViolations(draft);
          if (violations.length > 0)
            throw invalid('PLAN_INVALID', 'The plan cannot be created.', violations);
          const pathOf = (index: number) => `fees[${index}]`;
          return await resolveFees(metering, organisationId, draft.fees, pathOf, context.signal);
        },
        async run(session, organisationId, fees) {
          const { nowMs: createMs } = await clocks.present(organisationId, session);
          const plan: Plan = {
            id: ids.next('plan'),
            name: request.name,
            currencyCode: request.currencyCode,
            fees: fees.map((fee) => ({ ...fee, id: ids.next('fee'), createMs })),
            createMs,
          };
          await plans.insert(organisationId, plan, session);
          return { plan: toProto(plan) };
        },
      }),

    async getPlan({ planId }, context) {
      const plan = await plans.find(principalOf(context).organisationId, planId);
      if (plan === undefined) throw missingPlan();
      return { plan: toProto(plan) };
    },

    async listPlans(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        plans.list(organisationId, slice),
      );
      return { plans: items.map(toProto), nextPageToken };
    },

    addPlanFee: (request, context) =>
      mutate(mongo, {
        method: PlanService.method.addPlanFee,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: (organisationId) =>
          prepareFee(metering, organisationId, feeDraftFromProto(request.fee), context.signal),
        async run(session, organisationId, prepared) {
          const plan = await plans.find(organisationId, request.planId, session);
          if (plan === undefined) throw missingPlan();
          const { nowMs } = await clocks.fencedPresent(organisationId, session);
          const fee = addedFee(plan.fees, prepared, ids.next('fee'), nowMs);
          await plans.addFee(organisationId, plan.id, fee, session);
          return { plan: toProto({ ...plan, fees: [...plan.fees, fee] }) };
        },
      }),
  };
}

function toProto({
  id,
  name,
  currencyCode,
  fees,
  createMs,
  corrections = [],
}: Plan): MessageInitShape<typeof PlanSchema> {
  return {
    ...{ id, name, currencyCode, fees: fees.map(feeToProto), createTime: toTimestamp(createMs) },
    corrections: corrections.map(priceCorrectionToProto),
  };
}
