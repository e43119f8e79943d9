import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  EntitlementService,
  type CreateEntitlementRequest,
} from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import type { EntitlementSchema } from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import { assert, conflict, invalid, notFound, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { decimalText } from '@billingrails/money';
import { mutate } from '@billingrails/mongo';
import { principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { decimalFromProto } from '../../contract/decimal';
import { limitViolations, type Entitlement, type Feature, type Grantee } from '../domain/feature';
import { granteeIdOf } from '../store/entitlements';
import { checkAccess } from '../use-cases/check-access';
import { pageById } from '../../rpc/page';
import type { RpcParts } from '../../rpc/rpc-parts';

/** Grants features and answers who may use them. */
export function entitlementService(parts: RpcParts): ServiceImpl<typeof EntitlementService> {
  const { mongo, entitlements } = parts;
  return {
    createEntitlement: (request, context) =>
      mutate(mongo, {
        method: EntitlementService.method.createEntitlement,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: () => undefined,
        run: (session, organisationId) => grant(parts, session, organisationId, request),
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

    checkAccess: (request, context) =>
      checkAccess(parts, principalOf(context).organisationId, request, context.signal),
  };
}

async function grant(
  parts: RpcParts,
  session: ClientSession,
  organisationId: OrganisationId,
  request: CreateEntitlementRequest,
): Promise<{ entitlement: MessageInitShape<typeof EntitlementSchema> }> {
  const { ids, entitlements, clocks } = parts;
  const { feature, grantee } = await named(parts, session, organisationId, request);
  const limit = request.limit === '' ? undefined : decimalFromProto(request.limit);
  const violations = limitViolations(feature, limit);
  if (violations.length > 0)
    throw invalid('ENTITLEMENT_INVALID', 'The entitlement cannot be created.', violations);
  const existing = await entitlements.findGrants(
    organisationId,
    feature.id,
    [granteeIdOf(grantee)],
    session,
  );
  if (existing.length > 0)
    throw conflict('ENTITLEMENT_EXISTS', 'The grantee has the feature already.');
  const { nowMs: createMs } = await clocks.present(organisationId, session);
  const entitlement: Entitlement = {
    id: ids.next('ent'),
    featureId: feature.id,
    grantee,
    ...(limit === undefined ? {} : { limit }),
    createMs,
  };
  await entitlements.insert(organisationId, entitlement, session);
  return { entitlement: toProto(entitlement) };
}

/** The feature and the grantee that a request names. Throws a DomainError of kind precondition when one is missing. */
async function named(
  { features, plans, subscriptions }: RpcParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { featureId, grantee }: CreateEntitlementRequest,
): Promise<{ feature: Feature; grantee: Grantee }> {
  assert(grantee.case !== undefined, 'the contract requires a grantee');
  const feature = await features.find(organisationId, featureId, session);
  let found: Grantee | undefined;
  if (grantee.case === 'planId') {
    const plan = await plans.find(organisationId, grantee.value, session);
    if (plan !== undefined) found = { kind: 'plan', planId: plan.id };
  } else {
    const subscription = await subscriptions.find(organisationId, grantee.value, session);
    if (subscription !== undefined)
      found = { kind: 'subscription', subscriptionId: subscription.id };
  }
  if (feature === undefined || found === undefined) {
    const field = grantee.case === 'planId' ? 'plan_id' : 'subscription_id';
    throw precondition('ENTITLEMENT_UNRESOLVED', 'The feature or the grantee does not exist.', [
      ...(feature === undefined ? [{ field: 'feature_id', description: 'names no feature' }] : []),
      ...(found === undefined ? [{ field, description: 'names nothing that exists' }] : []),
    ]);
  }
  return { feature, grantee: found };
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
