import type {
  AccountId,
  CreditGrantId,
  CreditUnitId,
  FeeId,
  OrganisationId,
  RecurringCreditGrantId,
  TopUpId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { meterProfileFromDoc, type MeterProfileDoc } from '../../catalogue/store/fee-doc';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';
import type { CreditCategory, CreditGrant, PartialVoid, Rollover } from '../domain/credit-grant';
import type { CreditScope } from '../domain/credit-scope';

interface CreditGrantDoc {
  _id: Key;
  accountId: string;
  creditUnitId: string;
  amount: string;
  category: CreditCategory;
  priority: number;
  effectiveTime: Date;
  expiryTime?: Date;
  rollover?: { seriesId: string; fromTime: Date; maximum?: string };
  recurringId?: string;
  topUpId?: string;
  memo: string;
  createTime: Date;
  voidTime?: Date;
  partialVoids?: { time: Date; amount: string }[];
  scope?: {
    feeIds: string[];
    meterProfiles: MeterProfileDoc[];
    feeProfiles?: MeterProfileDoc[];
  };
}

/** The collection `credit_grants`: added to, and voided once. */
export interface CreditGrantStore extends ResourceCollection<CreditGrant, CreditGrantDoc> {
  /** All that an account was ever granted of a unit, by id. */
  ofAccount(
    organisationId: OrganisationId,
    accountId: AccountId,
    creditUnitId: CreditUnitId,
    session?: ClientSession,
  ): Promise<CreditGrant[]>;
  /** Adds those that are not there. Answers them. */
  addMissing(
    organisationId: OrganisationId,
    grants: readonly CreditGrant[],
    session: ClientSession,
  ): Promise<CreditGrant[]>;
  /** The same of several accounts, in no order. */
  ofAccounts(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
    creditUnitId: CreditUnitId,
    session?: ClientSession,
  ): Promise<CreditGrant[]>;
  /** Takes back a part of one, and no more of the rest. */
  voidPart(
    organisationId: OrganisationId,
    id: CreditGrantId,
    part: PartialVoid,
    session: ClientSession,
  ): Promise<void>;
  /** Takes back what is left of one that was not voided before. */
  voidAt(
    organisationId: OrganisationId,
    id: CreditGrantId,
    voidMs: number,
    session: ClientSession,
  ): Promise<void>;
}

const CREDIT_GRANTS = 'credit_grants';

/** What an account was granted: of one unit, and listed. */
export const CREDIT_GRANT_INDEXES = [
  {
    collection: CREDIT_GRANTS,
    key: { '_id.organisationId': 1, accountId: 1, creditUnitId: 1, '_id.id': 1 },
  },
  { collection: CREDIT_GRANTS, key: { '_id.organisationId': 1, accountId: 1, '_id.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the grants of credits. */
export function creditGrantStore(db: Db): CreditGrantStore {
  const base = resourceCollection(db, CREDIT_GRANTS, toDoc, fromDoc);
  return {
    ...base,
    async ofAccount(organisationId, accountId, creditUnitId, session) {
      const filter = { '_id.organisationId': organisationId, accountId, creditUnitId };
      const found = base.collection.find(filter, session === undefined ? {} : { session });
      return (await found.sort({ '_id.id': 1 }).toArray()).map(fromDoc);
    },
    async addMissing(organisationId, grants, session) {
      if (grants.length === 0) return [];
      const ids = grants.map(({ id }) => id);
      const known = await base.findMany(organisationId, ids, session);
      const missing = grants.filter(({ id }) => !known.has(id));
      const docs = missing.map((grant) => toDoc(organisationId, grant));
      if (docs.length > 0) await base.collection.insertMany(docs, { session });
      return missing;
    },
    async ofAccounts(organisationId, accountIds, creditUnitId, session) {
      const filter = {
        '_id.organisationId': organisationId,
        accountId: { $in: [...accountIds] },
        creditUnitId,
      };
      const found = base.collection.find(filter, session === undefined ? {} : { session });
      return (await found.toArray()).map(fromDoc);
    },
    async voidPart(organisationId, id, part, session) {
      await base.collection.updateOne(
        { _id: keyOf(organisationId, id) },
        { $push: { partialVoids: partToDoc(part) } },
        { session },
      );
    },
    async voidAt(organisationId, id, voidMs, session) {
      await base.collection.updateOne(
        { _id: keyOf(organisationId, id), voidTime: { $exists: false } },
        { $set: { voidTime: dateOf(voidMs) } },
        { session },
      );
    },
  };
}

function toDoc(organisationId: OrganisationId, grant: CreditGrant): CreditGrantDoc {
  const {
    id,
    amount,
    effectiveMs,
    expiryMs,
    rollover,
    createMs,
    voidMs,
    partialVoids,
    scope,
    ...rest
  } = grant;
  return {
    _id: keyOf(organisationId, id),
    ...rest,
    amount: decimalText(amount),
    effectiveTime: dateOf(effectiveMs),
    ...(expiryMs === undefined ? {} : { expiryTime: dateOf(expiryMs) }),
    ...(rollover === undefined ? {} : { rollover: rolloverToDoc(rollover) }),
    createTime: dateOf(createMs),
    ...(voidMs === undefined ? {} : { voidTime: dateOf(voidMs) }),
    ...(partialVoids === undefined ? {} : { partialVoids: partialVoids.map(partToDoc) }),
    ...(scope === undefined ? {} : { scope: scopeToDoc(scope) }),
  };
}

function fromDoc(doc: CreditGrantDoc): CreditGrant {
  const { _id, accountId, creditUnitId, amount, category, priority, memo } = doc;
  const { effectiveTime, expiryTime, rollover, recurringId, topUpId } = doc;
  const { createTime, voidTime, partialVoids, scope } = doc;
  return {
    id: _id.id as CreditGrantId,
    accountId: accountId as AccountId,
    creditUnitId: creditUnitId as CreditUnitId,
    amount: decimal(amount),
    ...{ category, priority, memo },
    effectiveMs: msOf(effectiveTime),
    ...(expiryTime === undefined ? {} : { expiryMs: msOf(expiryTime) }),
    ...(rollover === undefined ? {} : { rollover: rolloverFromDoc(rollover) }),
    ...(recurringId === undefined ? {} : { recurringId: recurringId as RecurringCreditGrantId }),
    ...(topUpId === undefined ? {} : { topUpId: topUpId as TopUpId }),
    createMs: msOf(createTime),
    ...(voidTime === undefined ? {} : { voidMs: msOf(voidTime) }),
    ...(partialVoids === undefined ? {} : { partialVoids: partialVoids.map(partFromDoc) }),
    ...(scope === undefined ? {} : { scope: scopeFromDoc(scope) }),
  };
}

function partToDoc({ ms, amount }: PartialVoid) {
  return { time: dateOf(ms), amount: decimalText(amount) };
}

function partFromDoc(doc: NonNullable<CreditGrantDoc['partialVoids']>[number]): PartialVoid {
  return { ms: msOf(doc.time), amount: decimal(doc.amount) };
}

function rolloverToDoc({ seriesId, fromMs, maximum }: Rollover) {
  const most = maximum === undefined ? {} : { maximum: decimalText(maximum) };
  return { seriesId, fromTime: dateOf(fromMs), ...most };
}

function rolloverFromDoc(doc: NonNullable<CreditGrantDoc['rollover']>): Rollover {
  const { seriesId, fromTime, maximum } = doc;
  const most = maximum === undefined ? {} : { maximum: decimal(maximum) };
  return { seriesId, fromMs: msOf(fromTime), ...most };
}

/** What a grant covers, in a document. */
export type ScopeDoc = NonNullable<CreditGrantDoc['scope']>;

export function scopeToDoc({ feeIds, meterProfiles, feeProfiles }: CreditScope): ScopeDoc {
  return {
    feeIds: [...feeIds],
    meterProfiles: meterProfiles.map((profile) => ({ ...profile })),
    ...(feeProfiles && { feeProfiles: feeProfiles.map((profile) => ({ ...profile })) }),
  };
}

export function scopeFromDoc({ feeIds, meterProfiles, feeProfiles }: ScopeDoc): CreditScope {
  return {
    feeIds: feeIds as FeeId[],
    meterProfiles: meterProfiles.map(meterProfileFromDoc),
    ...(feeProfiles && { feeProfiles: feeProfiles.map(meterProfileFromDoc) }),
  };
}
