import type {
  AccountId,
  CreditUnitId,
  EntitlementId,
  FeatureId,
  OrganisationId,
  PlanId,
  SubscriptionId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';
import {
  cycleRuleFromDoc,
  cycleRuleToDoc,
  type CycleRuleDoc,
} from '../../subscriptions/store/subscription-doc';
import type { Entitlement, Grantee, Rollover, UsageReset } from '../domain/feature';

interface EntitlementDoc {
  _id: Key;
  featureId: string;
  granteeKind: Grantee['kind'];
  /** "plan_…", "sub_…" or an account's id. */
  granteeId: string;
  limit?: string;
  limitKind: 'hard' | 'soft';
  grace?: string;
  reset: ResetDoc;
  rollover?: { periods: number; maximum?: string };
  creditUnitId?: string;
  value?: string;
  startTime: Date;
  endTime?: Date;
  createTime: Date;
}

type ResetDoc =
  | Exclude<UsageReset, { kind: 'interval' }>
  | { kind: 'interval'; rule: CycleRuleDoc; timeZone?: string };

/** Whom a feature is granted to; a plan, a subscription and an account never have the same id. */
export type GranteeId = PlanId | SubscriptionId | AccountId;

/** The collection `entitlements`: read by its key or by what it grants to whom, listed by id, by feature or all. */
export interface EntitlementStore extends ResourceCollection<Entitlement, EntitlementDoc> {
  /** Those that grant any of the features, unset: whatever feature, to any of the grantees, oldest first. */
  findGrants(
    organisationId: OrganisationId,
    featureIds: readonly FeatureId[] | undefined,
    granteeIds: readonly GranteeId[],
    session?: ClientSession,
  ): Promise<Entitlement[]>;
  /** Ends it then, unless it ends earlier. */
  end(
    organisationId: OrganisationId,
    entitlementId: EntitlementId,
    endMs: number,
    session: ClientSession,
  ): Promise<void>;
}

/** What is granted to whom; a feature's entitlements are listed oldest first. */
export const ENTITLEMENT_INDEXES = [
  { collection: 'entitlements', key: { '_id.organisationId': 1, granteeId: 1, featureId: 1 } },
  { collection: 'entitlements', key: { '_id.organisationId': 1, featureId: 1, '_id.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the entitlements. */
export function entitlementStore(db: Db): EntitlementStore {
  const base = resourceCollection(db, 'entitlements', toDoc, fromDoc);
  return {
    ...base,
    async findGrants(organisationId, featureIds, granteeIds, session) {
      const filter = {
        '_id.organisationId': organisationId,
        granteeId: { $in: [...granteeIds] },
        ...(featureIds === undefined ? {} : { featureId: { $in: [...featureIds] } }),
      };
      const found = base.collection.find(filter, session === undefined ? {} : { session });
      const docs = await found.toArray();
      return docs.map(fromDoc).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async end(organisationId, entitlementId, endMs, session) {
      await base.collection.updateOne(
        { _id: keyOf(organisationId, entitlementId) },
        { $min: { endTime: dateOf(endMs) } },
        { session },
      );
    },
  };
}

/** The id of whom a feature is granted to. */
export function granteeIdOf(grantee: Grantee): GranteeId {
  switch (grantee.kind) {
    case 'plan':
      return grantee.planId;
    case 'subscription':
      return grantee.subscriptionId;
    case 'account':
      return grantee.accountId;
  }
}

function toDoc(organisationId: OrganisationId, entitlement: Entitlement): EntitlementDoc {
  const { id, featureId, grantee, limit, isSoft, grace, reset, rollover } = entitlement;
  const { creditUnitId, value, endMs } = entitlement;
  return {
    _id: keyOf(organisationId, id),
    featureId,
    granteeKind: grantee.kind,
    granteeId: granteeIdOf(grantee),
    ...(limit === undefined ? {} : { limit: decimalText(limit) }),
    limitKind: isSoft ? 'soft' : 'hard',
    ...(grace === undefined ? {} : { grace: decimalText(grace) }),
    reset: reset.kind === 'interval' ? { ...reset, rule: cycleRuleToDoc(reset.rule) } : reset,
    ...(rollover === undefined ? {} : { rollover: rolloverToDoc(rollover) }),
    ...(creditUnitId === undefined ? {} : { creditUnitId }),
    ...(value === undefined ? {} : { value }),
    startTime: dateOf(entitlement.startMs),
    ...(endMs === undefined ? {} : { endTime: dateOf(endMs) }),
    createTime: dateOf(entitlement.createMs),
  };
}

function fromDoc({ _id, granteeKind, granteeId, reset, ...doc }: EntitlementDoc): Entitlement {
  const { limit, grace, rollover, creditUnitId, value, endTime } = doc;
  return {
    id: _id.id as EntitlementId,
    featureId: doc.featureId as FeatureId,
    grantee: granteeFrom(granteeKind, granteeId),
    ...(limit === undefined ? {} : { limit: decimal(limit) }),
    isSoft: doc.limitKind === 'soft',
    ...(grace === undefined ? {} : { grace: decimal(grace) }),
    reset: reset.kind === 'interval' ? { ...reset, rule: cycleRuleFromDoc(reset.rule) } : reset,
    ...(rollover === undefined ? {} : { rollover: rolloverFromDoc(rollover) }),
    ...(creditUnitId === undefined ? {} : { creditUnitId: creditUnitId as CreditUnitId }),
    ...(value === undefined ? {} : { value }),
    startMs: msOf(doc.startTime),
    ...(endTime === undefined ? {} : { endMs: msOf(endTime) }),
    createMs: msOf(doc.createTime),
  };
}

function rolloverToDoc({ periods, maximum }: Rollover): NonNullable<EntitlementDoc['rollover']> {
  return { periods, ...(maximum === undefined ? {} : { maximum: decimalText(maximum) }) };
}

function rolloverFromDoc({ periods, maximum }: NonNullable<EntitlementDoc['rollover']>): Rollover {
  return { periods, ...(maximum === undefined ? {} : { maximum: decimal(maximum) }) };
}

/** Whom an id of that kind names. */
export function granteeFrom(kind: Grantee['kind'], id: string): Grantee {
  switch (kind) {
    case 'plan':
      return { kind, planId: id as PlanId };
    case 'subscription':
      return { kind, subscriptionId: id as SubscriptionId };
    case 'account':
      return { kind, accountId: id as AccountId };
  }
}
