import { EntitlementService } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { notFound } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import { checkAccess } from '../use-cases/check-access';
import { endEntitlement, grant } from '../use-cases/grant';
import { accessToProto } from './access-messages';
import { answerAccess, askedFeature } from './lean-access';
import { draftOf, entitlementToProto } from './entitlement-messages';
import { tellEntitlement } from './tell-entitlement';

/** Grants features and answers who may use them. */
export function entitlementService(parts: ServiceParts): ServiceImpl<typeof EntitlementService> {
  const { mongo, entitlements } = parts;
  return {
    createEntitlement: (request, context) =>
      mutate(mongo, {
        method: EntitlementService.method.createEntitlement,
        request,
        caller: principalOf(context),
        prepare: () => undefined,
        async run(session, organisationId) {
          const entitlement = await grant(parts, session, organisationId, draftOf(request));
          await tellEntitlement(parts, session, organisationId, 'entitlement.granted', entitlement);
          return { entitlement: entitlementToProto(entitlement) };
        },
      }),

    async getEntitlement({ entitlementId }, context) {
      const entitlement = await entitlements.find(
        principalOf(context).organisationId,
        entitlementId,
      );
      if (entitlement === undefined) {
        throw notFound('ENTITLEMENT_NOT_FOUND', 'There is no entitlement of that id.');
      }
      return { entitlement: entitlementToProto(entitlement) };
    },

    async listEntitlements(request, context) {
      const { organisationId } = principalOf(context);
      const filter = request.featureId === '' ? undefined : { featureId: request.featureId };
      const { items, nextPageToken } = await pageById(request, (slice) =>
        entitlements.list(organisationId, slice, filter),
      );
      return { entitlements: items.map(entitlementToProto), nextPageToken };
    },

    endEntitlement: (request, context) =>
      mutate(mongo, {
        method: EntitlementService.method.endEntitlement,
        request,
        caller: principalOf(context),
        async run(session, organisationId) {
          const { entitlementId, endTime } = request;
          const endMs = endTime === undefined ? undefined : fromTimestamp(endTime, 'end_time');
          const asked = { entitlementId, endMs };
          const ended = await endEntitlement(parts, session, organisationId, asked);
          const { entitlement, isSooner } = ended;
          if (isSooner)
            await tellEntitlement(parts, session, organisationId, 'entitlement.ended', entitlement);
          return { entitlement: entitlementToProto(entitlement) };
        },
      }),

    async checkAccess(request, context) {
      const { organisationId } = principalOf(context);
      return answerAccess(parts, organisationId, request, context.signal);
    },

    async batchCheckAccess({ accountId, features, consistencyToken }, context) {
      const { organisationId } = principalOf(context);
      const question = { accountId, consistencyToken, features: features.map(askedFeature) };
      const accesses = await checkAccess(parts, organisationId, question, context.signal);
      return {
        accesses: accesses.map((access, index) =>
          accessToProto(features[index]?.featureCode ?? '', access),
        ),
      };
    },
  };
}
