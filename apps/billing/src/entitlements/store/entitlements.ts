import type {
  EntitlementId,
  FeatureId,
  OrganisationId,
  PlanId,
  SubscriptionId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { Entitlement, Grantee } from '../domain/feature';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';

interface EntitlementDoc {
  _id: Key;
  featureId: string;
  granteeKind: Grantee['kind'];
  /** "plan_…" or "sub_…": the prefixes keep the kinds apart. */
  granteeId: string;
  limit?: string;
  createTime: Date;
}

/** The collection `entitlements`: read by its key or by what it grants to whom, listed by id, by feature or all. */
export interface EntitlementStore extends ResourceCollection<Entitlement, EntitlementDoc> {
  /** Those that grant a feature to any of the grantees. */
  findGrants(
    organisationId: OrganisationId,
    featureId: FeatureId,
    granteeIds: readonly (PlanId | SubscriptionId)[],
    session?: ClientSession,
  ): Promise<Entitlement[]>;
}

/** A grantee has a feature once; a feature's entitlements are listed oldest first. */
export const ENTITLEMENT_INDEXES = [
  {
    collection: 'entitlements',
    key: { '_id.organisationId': 1, featureId: 1, granteeId: 1 },
    unique: true,
  },
  { collection: 'entitlements', key: { '_id.organisationId': 1, featureId: 1, '_id.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the entitlements. */
export function entitlementStore(db: Db): EntitlementStore {
  const base = resourceCollection(db, 'entitlements', toDoc, fromDoc);
  return {
    ...base,
    async findGrants(organisationId, featureId, granteeIds, session) {
      const filter = {
        '_id.organisationId': organisationId,
        featureId,
        granteeId: { $in: [...granteeIds] },
      };
      return (
        await base.collection.find(filter, session === undefined ? {} : { session }).toArray()
      ).map(fromDoc);
    },
  };
}

/** The id of whom a feature is granted to. */
export function granteeIdOf(grantee: Grantee): PlanId | SubscriptionId {
  return grantee.kind === 'plan' ? grantee.planId : grantee.subscriptionId;
}

function toDoc(organisationId: OrganisationId, entitlement: Entitlement): EntitlementDoc {
  const { id, featureId, grantee, limit, createMs } = entitlement;
  return {
    _id: keyOf(organisationId, id),
    featureId,
    granteeKind: grantee.kind,
    granteeId: granteeIdOf(grantee),
    ...(limit === undefined ? {} : { limit: decimalText(limit) }),
    createTime: dateOf(createMs),
  };
}

function fromDoc({
  _id,
  featureId,
  granteeKind,
  granteeId,
  limit,
  createTime,
}: EntitlementDoc): Entitlement {
  return {
    id: _id.id as EntitlementId,
    featureId: featureId as FeatureId,
    grantee:
      granteeKind === 'plan'
        ? { kind: 'plan', planId: granteeId as PlanId }
        : { kind: 'subscription', subscriptionId: granteeId as SubscriptionId },
    ...(limit === undefined ? {} : { limit: decimal(limit) }),
    createMs: msOf(createTime),
  };
}
