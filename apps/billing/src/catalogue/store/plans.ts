import type { OrganisationId, PlanId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import {
  planKey,
  refOf,
  type Plan,
  type PlanRef,
  type PlanRole,
  type PlanStatus,
} from '../domain/plan';
import type { Fee } from '../domain/fee';
import type { PriceCorrection } from '../domain/price-correction';
import { commitmentFromDoc, commitmentToDoc, type CommitmentDoc } from './commitment-doc';
import {
  usageThresholdsFromDoc,
  usageThresholdsToDoc,
  type UsageThresholdsDoc,
} from './usage-thresholds-doc';
import { feeFromDoc, feesOf, feeToDoc, type FeeDoc } from './fee-doc';
import {
  priceCorrectionFromDoc,
  priceCorrectionToDoc,
  type PriceCorrectionDoc,
} from './price-correction-doc';
import { keyOf, resourceCollection, type Key, type Slice } from '../../store/resource-collection';

/** What the versions of a plan have in common. */
interface PlanDoc {
  _id: Key;
  /** How many there are: the newest one's number. */
  versions: number;
  /** Which is meant where none is named: the newest published one; where there is none, the newest. */
  current: number;
  /** How often versions were made: what two transactions that make one both write. */
  changes: number;
}

interface VersionKey extends Key {
  version: number;
}

interface VersionDoc {
  _id: VersionKey;
  status: PlanStatus;
  role: PlanRole;
  name: string;
  currencyCode: string;
  otherCurrencyCodes?: string[];
  fees: FeeDoc[];
  createTime: Date;
  corrections?: PriceCorrectionDoc[];
  commitment?: CommitmentDoc;
  otherCommitments?: { currencyCode: string; commitment: CommitmentDoc }[];
  usageThresholds?: UsageThresholdsDoc;
}

/** The collections `plans` and `plan_versions`: versions are read by key, and listed by plan or as the current ones. */
export interface PlanStore {
  /** Undefined when it is missing or another organisation's. Without a version the current one. */
  find(
    organisationId: OrganisationId,
    planId: string,
    version?: number,
    session?: ClientSession,
  ): Promise<Plan | undefined>;
  /** Those that exist, by `planKey`. */
  findMany(
    organisationId: OrganisationId,
    refs: readonly PlanRef[],
    session?: ClientSession,
  ): Promise<Map<string, Plan>>;
  /** Each plan in its current version, by id. */
  list(organisationId: OrganisationId, slice: Slice): Promise<Plan[]>;
  /** The versions of a plan after that one, by number. */
  versions(
    organisationId: OrganisationId,
    planId: string,
    slice: { readonly after: number; readonly limit: number },
  ): Promise<Plan[]>;
  /** Keeps a plan's first version. */
  insert(organisationId: OrganisationId, plan: Plan, session: ClientSession): Promise<void>;
  /** The number of the plan's newest version, which nobody else raises meanwhile; undefined when there is no plan. */
  newestVersion(
    organisationId: OrganisationId,
    planId: string,
    session: ClientSession,
  ): Promise<number | undefined>;
  /** Writes a version as it is now; a new one is the newest. */
  save(organisationId: OrganisationId, plan: Plan, session: ClientSession): Promise<void>;
  archiveAll(
    organisationId: OrganisationId,
    planId: string,
    session: ClientSession,
  ): Promise<boolean>;
  /** Of the ids those that are fees of any version, by id; a fee is the same in all. */
  findFees(
    organisationId: OrganisationId,
    feeIds: readonly string[],
    session?: ClientSession,
  ): Promise<Map<string, Fee>>;
  /** Adds a correction to all versions: a fee may be in several. */
  addCorrection(
    organisationId: OrganisationId,
    planId: PlanId,
    correction: PriceCorrection,
    session: ClientSession,
  ): Promise<void>;
}

/** Finds the versions that have a fee. */
export const PLAN_VERSION_INDEXES = [
  { collection: 'plan_versions', key: { '_id.organisationId': 1, 'fees.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the plans. */
export function planStore(db: Db): PlanStore {
  const { collection, list } = resourceCollection<PlanDoc, PlanDoc>(
    db,
    'plans',
    (_organisationId, doc) => doc,
    (doc) => doc,
  );
  const versions = db.collection<VersionDoc>('plan_versions');
  const within = (organisationId: OrganisationId, id: string, after: number) =>
    ({
      _id: {
        $gt: { ...keyOf(organisationId, id), version: after },
        $lt: endOf(organisationId, id),
      },
    }) as unknown as Filter<VersionDoc>;

  const newestVersion: PlanStore['newestVersion'] = async (organisationId, planId, session) => {
    // The write lets another transaction that does the same wait, and begin anew.
    const head = await collection.findOneAndUpdate(
      { _id: keyOf(organisationId, planId) },
      { $inc: { changes: 1 } },
      { session },
    );
    return head?.versions;
  };

  async function settleCurrent(
    organisationId: OrganisationId,
    planId: string,
    session: ClientSession,
  ): Promise<void> {
    const newestFirst = versions
      .find(within(organisationId, planId, 0), { session, projection: { status: 1 } })
      .sort({ _id: -1 });
    const all = await newestFirst.toArray();
    const current = all.find(({ status }) => status === 'published') ?? all[0];
    const filter = { _id: keyOf(organisationId, planId) };
    const $set = { versions: all.length, current: current?._id.version ?? 1 };
    await collection.updateOne(filter, { $set }, { session });
  }

  return {
    async find(organisationId, planId, version = 0, session) {
      const options = session === undefined ? {} : { session };
      const head =
        version > 0
          ? { current: version }
          : await collection.findOne({ _id: keyOf(organisationId, planId) }, options);
      if (head === null) return undefined;
      const _id = versionKey(organisationId, { planId, planVersion: head.current });
      const doc = await versions.findOne({ _id }, options);
      return doc === null ? undefined : fromDoc(doc);
    },
    async findMany(organisationId, refs, session) {
      const keys = new Map(refs.map((ref) => [planKey(ref), versionKey(organisationId, ref)]));
      const options = session === undefined ? {} : { session };
      const docs = await versions.find({ _id: { $in: [...keys.values()] } }, options).toArray();
      const plans = docs.map(fromDoc);
      return new Map(plans.map((plan) => [planKey(refOf(plan)), plan]));
    },
    async list(organisationId, slice) {
      const heads = await list(organisationId, slice);
      const ids = heads.map(({ _id: { id }, current }) =>
        versionKey(organisationId, { planId: id, planVersion: current }),
      );
      const docs = await versions
        .find({ _id: { $in: ids } })
        .sort({ _id: 1 })
        .toArray();
      return docs.map(fromDoc);
    },
    async versions(organisationId, planId, { after, limit }) {
      const found = versions.find(within(organisationId, planId, after)).sort({ _id: 1 });
      return (await found.limit(limit).toArray()).map(fromDoc);
    },
    async findFees(organisationId, feeIds, session) {
      const filter = { '_id.organisationId': organisationId, 'fees.id': { $in: [...feeIds] } };
      const options = { projection: { fees: 1 } as const, ...(session && { session }) };
      const docs = await versions.find(filter as Filter<VersionDoc>, options).toArray();
      return feesOf(docs, feeIds);
    },
    async insert(organisationId, plan, session) {
      const head = { _id: keyOf(organisationId, plan.id), versions: 1, current: 1, changes: 0 };
      await collection.insertOne(head, { session });
      await versions.insertOne(toDoc(organisationId, plan), { session });
    },
    newestVersion,
    async save(organisationId, plan, session) {
      const doc = toDoc(organisationId, plan);
      await versions.replaceOne({ _id: doc._id }, doc, { session, upsert: true });
      await settleCurrent(organisationId, plan.id, session);
    },
    async archiveAll(organisationId, planId, session) {
      const $set = { status: 'archived' } as const;
      const of = within(organisationId, planId, 0);
      const { modifiedCount } = await versions.updateMany(of, { $set }, { session });
      await settleCurrent(organisationId, planId, session);
      return modifiedCount > 0;
    },
    async addCorrection(organisationId, planId, correction, session) {
      // A version that is made at the same time is made again, with the correction.
      await newestVersion(organisationId, planId, session);
      const $push = { corrections: priceCorrectionToDoc(correction) };
      await versions.updateMany(within(organisationId, planId, 0), { $push }, { session });
    },
  };
}

/** The order of the fields is part of the key. */
function versionKey(
  organisationId: OrganisationId,
  { planId, planVersion }: Omit<PlanRef, 'planId'> & { readonly planId: string },
): VersionKey {
  return { ...keyOf(organisationId, planId), version: planVersion };
}

function endOf(organisationId: OrganisationId, id: string): object {
  return { ...keyOf(organisationId, id), version: new MaxKey() };
}

function toDoc(organisationId: OrganisationId, plan: Plan): VersionDoc {
  const { id, version, status, role, name, currencyCode, fees, createMs, corrections } = plan;
  const { commitment, otherCommitments, usageThresholds, otherCurrencyCodes } = plan;
  return {
    _id: versionKey(organisationId, { planId: id, planVersion: version }),
    ...{ status, role, name, currencyCode, createTime: dateOf(createMs) },
    fees: fees.map(feeToDoc),
    ...(corrections === undefined ? {} : { corrections: corrections.map(priceCorrectionToDoc) }),
    ...(commitment === undefined ? {} : { commitment: commitmentToDoc(commitment) }),
    ...(otherCommitments && {
      otherCommitments: otherCommitments.map((each) => {
        return { ...each, commitment: commitmentToDoc(each.commitment) };
      }),
    }),
    ...(usageThresholds && { usageThresholds: usageThresholdsToDoc(usageThresholds) }),
    ...(otherCurrencyCodes && { otherCurrencyCodes: [...otherCurrencyCodes] }),
  };
}

function fromDoc(version: VersionDoc): Plan {
  const { _id, corrections, commitment, otherCommitments, usageThresholds, ...doc } = version;
  const { status, role, name, currencyCode, otherCurrencyCodes, fees, createTime } = doc;
  return {
    id: _id.id as PlanId,
    ...{ version: _id.version, status, role, name, currencyCode, createMs: msOf(createTime) },
    fees: fees.map(feeFromDoc),
    ...(corrections === undefined ? {} : { corrections: corrections.map(priceCorrectionFromDoc) }),
    ...(commitment === undefined ? {} : { commitment: commitmentFromDoc(commitment) }),
    ...(otherCommitments && {
      otherCommitments: otherCommitments.map((each) => {
        return { ...each, commitment: commitmentFromDoc(each.commitment) };
      }),
    }),
    ...(usageThresholds && { usageThresholds: usageThresholdsFromDoc(usageThresholds) }),
    ...(otherCurrencyCodes && { otherCurrencyCodes }),
  };
}
