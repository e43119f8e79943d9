import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  EntitlementService,
  type CheckAccessResponseSchema,
  type CreateEntitlementRequest,
} from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import type { EntitlementSchema } from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import { assert, notFound } from '@billingrails/errors';
import { decimalText, type Decimal } from '@billingrails/money';
import { mutate } from '@billingrails/mongo';
import { principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { decimalFromProto } from '../../contract/decimal';
import { pageById } from '../../rpc/page';
import type { ServiceParts } from '../../service-parts';
import type { AccessDecision } from '../domain/access-decision';
import type { Entitlement } from '../domain/feature';
import { checkAccess } from '../use-cases/check-access';
import { grant, type EntitlementDraft } from '../use-cases/grant';

/** Grants features and answers who may use them. */
export function entitlementService(parts: ServiceParts): ServiceImpl<typeof EntitlementService> {
  const { mongo, entitlements } = parts;
  return {
    createEntitlement: (request, context) =>
      mutate(mongo, {
        method: EntitlementService.method.createEntitlement,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: () => undefined,
        run: async (session, organisationId) => ({
          entitlement: toProto(await grant(parts, session, organisationId, draftOf(request))),
        }),
      }),

    async getEntitlement({ entitlementId }, context) {
      const entitlement = await entitlements.find(
        principalOf(context).organisationId,
        entitlementId,
      );
      if (entitlement === undefined) {
        throw notFound('ENTITLEMENT_NOT_FOUND', 'There is no entitlement of that id.');
      }
      return { entitlement: toProto(entitlement) };
    },

    async listEntitlements(request, context) {
      const { organisationId } = principalOf(context);
      const filter = request.featureId === '' ? undefined : { featureId: request.featureId };
      const { items, nextPageToken } = await pageById(request, (slice) =>
        entitlements.list(organisationId, slice, filter),
      );
      return { entitlements: items.map(toProto), nextPageToken };
    },

    async checkAccess(request, context) {
      const { accountId, featureCode, consistencyToken } = request;
      const quantity = request.quantity === '' ? undefined : decimalFromProto(request.quantity);
      const question = { accountId, featureCode, quantity, consistencyToken };
      const { organisationId } = principalOf(context);
      return accessToProto(await checkAccess(parts, organisationId, question, context.signal));
    },
  };
}

function draftOf({ featureId, grantee, limit }: CreateEntitlementRequest): EntitlementDraft {
  assert(grantee.case !== undefined, 'the contract requires a grantee');
  return {
    featureId,
    grantee: { kind: grantee.case === 'planId' ? 'plan' : 'subscription', id: grantee.value },
    ...(limit === '' ? {} : { limit: decimalFromProto(limit) }),
  };
}

function toProto(entitlement: Entitlement): MessageInitShape<typeof EntitlementSchema> {
  const { id, featureId, grantee, limit, createMs } = entitlement;
  return {
    id,
    featureId,
    grantee:
      grantee.kind === 'plan'
        ? { case: 'planId', value: grantee.planId }
        : { case: 'subscriptionId', value: grantee.subscriptionId },
    limit: limit === undefined ? '' : decimalText(limit),
    createTime: toTimestamp(createMs),
  };
}

function accessToProto(
  decision: AccessDecision,
): MessageInitShape<typeof CheckAccessResponseSchema> {
  const { allowed, used, limit, remaining, resetMs, entitlementId } = decision;
  return {
    allowed,
    used: textOf(used),
    limit: textOf(limit),
    remaining: textOf(remaining),
    ...(resetMs === undefined ? {} : { resetTime: toTimestamp(resetMs) }),
    entitlementId: entitlementId ?? '',
  };
}

const textOf = (value: Decimal | undefined): string =>
  value === undefined ? '' : decimalText(value);
