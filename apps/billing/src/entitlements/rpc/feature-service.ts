import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  FeatureKind as KindMessage,
  type FeatureSchema,
} from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import {
  FeatureService,
  type CreateFeatureRequest,
} from '@billingrails/contracts/billingrails/billing/v1/feature_service_pb';
import { conflict, invalid, notFound } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { pageById, principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { featureViolations } from '../domain/entitlement-draft';
import type { Feature, FeatureKind } from '../domain/feature';
import { resolveProfile } from '../../catalogue/use-cases/resolve-fees';
import type { ServiceParts } from '../../service-parts';

/** Keeps features. */
export function featureService({
  mongo,
  ids,
  features,
  clocks,
  metering,
}: ServiceParts): ServiceImpl<typeof FeatureService> {
  return {
    createFeature: (request, context) =>
      mutate(mongo, {
        method: FeatureService.method.createFeature,
        request,
        caller: principalOf(context),
        async prepare(organisationId) {
          const { meterProfile } = request;
          const kind = kindOf(request);
          const violations = featureViolations(kind, meterProfile !== undefined);
          if (violations.length > 0)
            throw invalid('FEATURE_INVALID', 'The feature cannot be created.', violations);
          if (meterProfile === undefined) return undefined;
          return await resolveProfile(metering, organisationId, meterProfile, context.signal);
        },
        async run(session, organisationId, meterProfile) {
          const { code, name } = request;
          if ((await features.findByCode(organisationId, code, session)) !== undefined) {
            throw conflict('FEATURE_EXISTS', 'There is a feature of that code.');
          }
          const { nowMs: createMs } = await clocks.present(organisationId, session);
          const optional = meterProfile === undefined ? {} : { meterProfile };
          const kind = kindOf(request);
          const feature: Feature = {
            id: ids.next('feat'),
            code,
            name,
            kind,
            ...optional,
            createMs,
          };
          await features.insert(organisationId, feature, session);
          return { feature: toProto(feature) };
        },
      }),

    async getFeature({ featureId }, context) {
      const feature = await features.find(principalOf(context).organisationId, featureId);
      if (feature === undefined)
        throw notFound('FEATURE_NOT_FOUND', 'There is no feature of that id.');
      return { feature: toProto(feature) };
    },

    async listFeatures(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        features.list(organisationId, slice),
      );
      return { features: items.map(toProto), nextPageToken };
    },
  };
}

/** A feature is what it says, or else what it has. */
function kindOf({ kind, meterProfile }: CreateFeatureRequest): FeatureKind {
  switch (kind) {
    case KindMessage.UNSPECIFIED:
      return meterProfile === undefined ? 'boolean' : 'metered';
    case KindMessage.BOOLEAN:
      return 'boolean';
    case KindMessage.STATIC:
      return 'static';
    case KindMessage.METERED:
      return 'metered';
  }
}

const KINDS: Record<FeatureKind, KindMessage> = {
  boolean: KindMessage.BOOLEAN,
  static: KindMessage.STATIC,
  metered: KindMessage.METERED,
};

function toProto({
  id,
  code,
  name,
  kind,
  meterProfile,
  createMs,
}: Feature): MessageInitShape<typeof FeatureSchema> {
  return {
    id,
    code,
    name,
    kind: KINDS[kind],
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    createTime: toTimestamp(createMs),
  };
}
