import type { AccountId, FeatureId, OrganisationId, ReservationId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { MaxKey, MinKey, type ClientSession, type Db, type Filter } from 'mongodb';
import { NO_HOLDS, type Holds } from '../domain/holds';

/** Whose holds of what. The order of the fields is part of the key. */
export interface HoldsKey {
  organisationId: OrganisationId;
  accountId: AccountId;
  featureId: FeatureId;
}

interface HoldsDoc {
  _id: HoldsKey;
  version: number;
  open: { id: string; quantity: string; expireTime: Date }[];
  settled: { id: string; quantity: string; key: string; eventTime: Date }[];
}

/** The collection `holds`: one document for each feature of an account that was ever reserved. */
export interface HoldStore {
  /** All of it as of one moment; `NO_HOLDS` where there never were any. */
  find(key: HoldsKey, session?: ClientSession): Promise<Holds>;
  /** Of which features of an account there ever were any. */
  reservedFeatures(organisationId: OrganisationId, accountId: AccountId): Promise<Set<FeatureId>>;
  /** Of several features of an account. */
  findMany(keys: readonly HoldsKey[]): Promise<Map<FeatureId, Holds>>;
  /** Replaces what the session's snapshot has, one version later. */
  replace(key: HoldsKey, holds: Holds, session: ClientSession): Promise<void>;
}

/** Read by key alone. */
export const HOLD_INDEXES = [{ collection: 'holds' }] as const satisfies readonly IndexSpec[];

/** Opens the holds. */
export function holdStore(db: Db): HoldStore {
  const collection = db.collection<HoldsDoc>('holds');
  return {
    async find(key, session) {
      const filter = { _id: keyOf(key) };
      const doc = await collection.findOne(filter, session === undefined ? {} : { session });
      return doc === null ? NO_HOLDS : fromDoc(doc);
    },
    async reservedFeatures(organisationId, accountId) {
      const [first, end] = [new MinKey(), new MaxKey()].map((featureId) => ({
        ...{ organisationId, accountId, featureId },
      }));
      const filter = { _id: { $gt: first, $lt: end } } as unknown as Filter<HoldsDoc>;
      const docs = collection.find(filter, { projection: { _id: 1 } });
      return new Set(await docs.map(({ _id }) => _id.featureId).toArray());
    },
    async findMany(keys) {
      if (keys.length === 0) return new Map();
      const docs = await collection.find({ _id: { $in: keys.map(keyOf) } }).toArray();
      return new Map(docs.map((doc) => [doc._id.featureId, fromDoc(doc)]));
    },
    async replace(key, holds, session) {
      const next = toDoc(holds);
      await collection.replaceOne({ _id: keyOf(key) }, next, { session, upsert: true });
    },
  };
}

function keyOf({ organisationId, accountId, featureId }: HoldsKey): HoldsKey {
  return { organisationId, accountId, featureId };
}

function toDoc({ version, open, settled }: Holds): Omit<HoldsDoc, '_id'> {
  return {
    version: version + 1,
    open: open.map(({ id, quantity, expireMs }) => ({
      ...{ id, quantity: decimalText(quantity), expireTime: dateOf(expireMs) },
    })),
    settled: settled.map(({ id, quantity, key, eventMs }) => ({
      ...{ id, quantity: decimalText(quantity), key, eventTime: dateOf(eventMs) },
    })),
  };
}

function fromDoc({ version, open, settled }: HoldsDoc): Holds {
  return {
    version,
    open: open.map(({ id, quantity, expireTime }) => ({
      id: id as ReservationId,
      quantity: decimal(quantity),
      expireMs: msOf(expireTime),
    })),
    settled: settled.map(({ id, quantity, key, eventTime }) => ({
      id: id as ReservationId,
      ...{ quantity: decimal(quantity), key, eventMs: msOf(eventTime) },
    })),
  };
}
