import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { mutate } from '@billingrails/mongo';
import { decodePageToken, encodePageToken, pageSize, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { feeDraftFromProto } from '../contract/fee';
import { planEditFromProto, planToProto } from '../contract/plan';
import { missingPlan } from '../domain/plan';
import { prepareFee } from '../use-cases/add-fee';
import {
  archivePlan,
  archiveVersion,
  editDraft,
  existingPlan,
  nextVersion,
  publishVersion,
  resolveEdit,
  versionToEdit,
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
  const { mongo, plans } = parts;
  const methods = PlanService.method;
  return {
    addPlanFee: (request, context) =>
      mutate(mongo, {
        method: methods.addPlanFee,
        request,
        caller: principalOf(context),
        prepare: (organisationId) =>
          prepareFee(parts, organisationId, feeDraftFromProto(request.fee), {
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
        caller: principalOf(context),
        prepare: (organisationId) =>
          resolveEdit(parts, organisationId, planEditFromProto(request.edit), context.signal),
        async run(session, organisationId, edit) {
          const { planId, fromVersion, publish } = request;
          const from = await versionToEdit(parts, session, organisationId, planId, fromVersion);
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
        caller: principalOf(context),
        prepare: (organisationId) =>
          resolveEdit(parts, organisationId, planEditFromProto(request.edit), context.signal),
        async run(session, organisationId, edit) {
          const plan = await editDraft(parts, session, organisationId, request, edit);
          return { plan: planToProto(plan) };
        },
      }),

    publishPlanVersion: (request, context) =>
      mutate(mongo, {
        method: methods.publishPlanVersion,
        request,
        caller: principalOf(context),
        async run(session, organisationId) {
          return {
            plan: planToProto(await publishVersion(parts, session, organisationId, request)),
          };
        },
      }),

    archivePlanVersion: (request, context) =>
      mutate(mongo, {
        method: methods.archivePlanVersion,
        request,
        caller: principalOf(context),
        async run(session, organisationId) {
          return {
            plan: planToProto(await archiveVersion(parts, session, organisationId, request)),
          };
        },
      }),

    archivePlan: (request, context) =>
      mutate(mongo, {
        method: methods.archivePlan,
        request,
        caller: principalOf(context),
        async run(session, organisationId) {
          const plan = await archivePlan(parts, session, organisationId, request.planId);
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
