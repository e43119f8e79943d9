import type { OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { Slice } from '@billingrails/rpc';
import type { ClientSession, Db, UpdateFilter } from 'mongodb';
import type { Organisation, RateLimits, Seen } from '../domain/organisation';

interface OrganisationDoc {
  _id: OrganisationId;
  testOrganisationId: OrganisationId;
  name: string;
  createTime: Date;
  limits?: RateLimits;
  /** Counted by whatever must not happen at the same time. */
  turn?: number;
}

/** The collection `organisations`. */
export interface OrganisationStore {
  /** By the id of either environment. */
  find(id: OrganisationId, session?: ClientSession): Promise<Seen | undefined>;
  list(slice: Slice): Promise<Organisation[]>;
  isEmpty(session: ClientSession): Promise<boolean>;
  insert(organisation: Organisation, session: ClientSession): Promise<void>;
  /** Inserts it unless it is there. */
  ensure(organisation: Organisation): Promise<void>;
  rename(id: OrganisationId, name: string, session: ClientSession): Promise<void>;
  /** Undefined: none. */
  limit(id: OrganisationId, limits: RateLimits | undefined, session: ClientSession): Promise<void>;
  /** The organisation as it stays until the transaction ends: of two that hold it, one runs again. */
  hold(id: OrganisationId, session: ClientSession): Promise<Organisation | undefined>;
}

const ORGANISATIONS = 'organisations';

/** Found by the id of the test environment, too. */
export const ORGANISATION_INDEXES = [
  { collection: ORGANISATIONS, key: { testOrganisationId: 1 }, unique: true },
] as const satisfies readonly IndexSpec[];

/** Opens the organisations. */
export function organisationStore(db: Db): OrganisationStore {
  const collection = db.collection<OrganisationDoc>(ORGANISATIONS);
  return {
    async find(id, session) {
      const options = session === undefined ? {} : { session };
      const filter = { $or: [{ _id: id }, { testOrganisationId: id }] };
      const doc = await collection.findOne(filter, options);
      if (doc === null) return undefined;
      return { organisation: fromDoc(doc), environment: doc._id === id ? 'live' : 'test' };
    },
    async list({ afterId, limit }) {
      const filter = { _id: { $gt: afterId as OrganisationId } };
      const docs = await collection.find(filter).sort({ _id: 1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async isEmpty(session) {
      const any = { _id: { $gt: '' as OrganisationId } };
      return (await collection.findOne(any, { session })) === null;
    },
    async insert(organisation, session) {
      await collection.insertOne(toDoc(organisation), { session });
    },
    async ensure(organisation) {
      const { _id, ...fields } = toDoc(organisation);
      await collection.updateOne({ _id }, { $setOnInsert: fields }, { upsert: true });
    },
    async rename(id, name, session) {
      await collection.updateOne({ _id: id }, { $set: { name } }, { session });
    },
    async limit(id, limits, session) {
      const change = limits === undefined ? { $unset: { limits: true } } : { $set: { limits } };
      await collection.updateOne({ _id: id }, change as UpdateFilter<OrganisationDoc>, { session });
    },
    async hold(id, session) {
      const options = { session, returnDocument: 'after' } as const;
      const doc = await collection.findOneAndUpdate({ _id: id }, { $inc: { turn: 1 } }, options);
      return doc === null ? undefined : fromDoc(doc);
    },
  };
}

function toDoc({ id, testId, name, createMs, limits }: Organisation): OrganisationDoc {
  return {
    ...{ _id: id, testOrganisationId: testId, name, createTime: dateOf(createMs) },
    ...(limits && { limits }),
  };
}

function fromDoc({
  _id,
  testOrganisationId,
  name,
  createTime,
  limits,
}: OrganisationDoc): Organisation {
  const createMs = msOf(createTime);
  return { id: _id, testId: testOrganisationId, name, createMs, ...(limits && { limits }) };
}
