import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { mutate } from '@billingrails/mongo';
import { decodePageToken, encodePageToken, pageSize, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { feeDraftFromProto } from '../contract/fee';
import { planEditFromProto, planToProto } from '../contract/plan';
import { missingPlan, type Plan } from '../domain/plan';
import { prepareFee } from '../use-cases/add-fee';
import {
  editVersion,
  existingPlan,
  nextVersion,
  notDraft,
  refuseIncomplete,
  resolveEdit,
} from '../use-cases/plan-versions';
import type { ServiceParts } from '../../service-parts';

type VersionMethods = Pick<
  ServiceImpl<typeof PlanService>,
  | 'addPlanFee'
  | 'createPlanVersion'
  | 'editPlanVersion'
  | 'publishPlanVersion'
  | 'archivePlanVersion'
  | 'archivePlan'
  | 'listPlanVersions'
>;

const position = z.strictObject({ after: z.int().min(1) });

/** What makes versions of plans, and what becomes of them. */
export function versionMethods(parts: ServiceParts): VersionMethods {
  const { mongo, plans, metering } = parts;
  const methods = PlanService.method;
  return {
    addPlanFee: (request, context) =>
      mutate(mongo, {
        method: methods.addPlanFee,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: (organisationId) =>
          prepareFee(metering, organisationId, feeDraftFromProto(request.fee), {
            isOwn: false,
            signal: context.signal,
          }),
        async run(session, organisationId, fee) {
          const from = await existingPlan(parts, session, organisationId, request.planId, 0);
          const edit = { removed: [], replaced: [], added: [fee] };
          const made = { edit, status: 'published' } as const;
          return {
            plan: planToProto(await nextVersion(parts, session, organisationId, from, made)),
          };
        },
      }),

    createPlanVersion: (request, context) =>
      mutate(mongo, {
        method: methods.createPlanVersion,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: (organisationId) =>
          resolveEdit(parts, organisationId, planEditFromProto(request.edit), context.signal),
        async run(session, organisationId, edit) {
          const { planId, fromVersion, publish } = request;
          const newest = await plans.newestVersion(organisationId, planId, session);
          const version = fromVersion || newest;
          const from = await existingPlan(parts, session, organisationId, planId, version);
          const made = { edit, status: publish ? 'published' : 'draft' } as const;
          return {
            plan: planToProto(await nextVersion(parts, session, organisationId, from, made)),
          };
        },
      }),

    editPlanVersion: (request, context) =>
      mutate(mongo, {
        method: methods.editPlanVersion,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: (organisationId) =>
          resolveEdit(parts, organisationId, planEditFromProto(request.edit), context.signal),
        async run(session, organisationId, edit) {
          const { planId, version } = request;
          const from = await existingPlan(parts, session, organisationId, planId, version);
          if (from.status !== 'draft') throw notDraft(from);
          const plan = await editVersion(parts, session, organisationId, from, edit);
          await plans.save(organisationId, plan, session);
          return { plan: planToProto(plan) };
        },
      }),

    publishPlanVersion: (request, context) =>
      mutate(mongo, {
        method: methods.publishPlanVersion,
        request,
        organisationId: principalOf(context).organisationId,
        async run(session, organisationId) {
          const { planId, version } = request;
          const plan = await existingPlan(parts, session, organisationId, planId, version);
          if (plan.status === 'archived') throw notDraft(plan);
          const published: Plan = { ...plan, status: 'published' };
          if (plan.status === 'draft') refuseIncomplete(plan);
          await plans.save(organisationId, published, session);
          return { plan: planToProto(published) };
        },
      }),

    archivePlanVersion: (request, context) =>
      mutate(mongo, {
        method: methods.archivePlanVersion,
        request,
        organisationId: principalOf(context).organisationId,
        async run(session, organisationId) {
          const { planId, version } = request;
          const plan = await existingPlan(parts, session, organisationId, planId, version);
          const archived: Plan = { ...plan, status: 'archived' };
          await plans.save(organisationId, archived, session);
          return { plan: planToProto(archived) };
        },
      }),

    archivePlan: (request, context) =>
      mutate(mongo, {
        method: methods.archivePlan,
        request,
        organisationId: principalOf(context).organisationId,
        async run(session, organisationId) {
          const { planId } = request;
          const newest = await plans.newestVersion(organisationId, planId, session);
          await plans.archiveAll(organisationId, planId, session);
          const plan = await existingPlan(parts, session, organisationId, planId, newest);
          return { plan: planToProto(plan) };
        },
      }),

    async listPlanVersions({ planId, pageSize: size, pageToken }, context) {
      const { organisationId } = principalOf(context);
      if ((await plans.find(organisationId, planId)) === undefined) throw missingPlan();
      const after = pageToken === '' ? 0 : decodePageToken(pageToken, position).after;
      const limit = pageSize(size);
      const found = await plans.versions(organisationId, planId, { after, limit: limit + 1 });
      const more = found.length > limit;
      return {
        plans: found.slice(0, limit).map(planToProto),
        nextPageToken: more ? encodePageToken({ after: after + limit }) : '',
      };
    },
  };
}
