import type { Environment, KeyUse, ScopeWord } from '@billingrails/access';
import type { ApiKeyId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { Slice } from '@billingrails/rpc';
import type { ClientSession, Db } from 'mongodb';
import type { RateLimits } from '../../organisations/domain/organisation';
import type { Key, Secret } from '../domain/key';

interface SecretDoc {
  number: number;
  hash: string;
  createTime: Date;
  expireTime?: Date;
}

interface KeyDoc {
  _id: ApiKeyId;
  ownerId: OrganisationId;
  organisationId: OrganisationId;
  environment: Environment;
  name: string;
  scopes: ScopeWord[];
  createTime: Date;
  expireTime?: Date;
  revokeTime?: Date;
  lastUsedTime?: Date;
  secrets: SecretDoc[];
  limits?: RateLimits;
  organisationLimits?: RateLimits;
  revision: number;
  /** As long as services may not have been told of the revision. */
  untold?: true;
}

/** Which keys of an owner: of one environment or both, and whether those that are revoked, too. */
export interface KeyFilter {
  readonly ownerId: OrganisationId;
  readonly environment?: Environment | undefined;
  readonly includeRevoked: boolean;
}

/** The collection `keys`. Each write of a key but a note marks it to be told. */
export interface KeyStore {
  find(id: ApiKeyId, session?: ClientSession): Promise<Key | undefined>;
  list(filter: KeyFilter, slice: Slice): Promise<Key[]>;
  /** How many an owner has that are not revoked. */
  count(ownerId: OrganisationId, session: ClientSession): Promise<number>;
  insert(key: Key, session: ClientSession): Promise<void>;
  replace(key: Key, session: ClientSession): Promise<void>;
  /** Takes note of a key as services know it, if that is newer than what is stored. */
  note(key: Key): Promise<void>;
  /** Takes note of another secret of a key. */
  noteSecret(id: ApiKeyId, secret: Secret): Promise<void>;
  /** Those that services may not have been told of. */
  untold(limit: number): Promise<Key[]>;
  countUntold(): Promise<number>;
  /** Says that services are told of a revision. */
  told(key: Pick<Key, 'id' | 'revision'>): Promise<void>;
  /** Gives all keys of an owner the limits of their organisation; undefined: none. */
  limit(
    ownerId: OrganisationId,
    limits: RateLimits | undefined,
    session: ClientSession,
  ): Promise<void>;
  /** Marks keys to be told. */
  tellAgain(ids: readonly ApiKeyId[]): Promise<void>;
  /** All of them, in the order of their ids. */
  after(id: string, limit: number): Promise<Key[]>;
  used(uses: readonly KeyUse[]): Promise<void>;
}

const KEYS = 'keys';

/** Listed by owner; looked through for what is to be told. */
export const KEY_INDEXES = [
  { collection: KEYS, key: { ownerId: 1, _id: 1 } },
  { collection: KEYS, key: { untold: 1 }, sparse: true },
] as const satisfies readonly IndexSpec[];

/** Opens the keys. */
export function keyStore(db: Db): KeyStore {
  const collection = db.collection<KeyDoc>(KEYS);
  return {
    async find(id, session) {
      const doc = await collection.findOne({ _id: id }, session === undefined ? {} : { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async list({ ownerId, environment, includeRevoked }, { afterId, limit }) {
      const filter = {
        ...{ ownerId, _id: { $gt: afterId as ApiKeyId } },
        ...(environment && { environment }),
        ...(!includeRevoked && { revokeTime: { $exists: false } }),
      };
      const docs = await collection.find(filter).sort({ _id: 1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    count: (ownerId, session) =>
      collection.countDocuments({ ownerId, revokeTime: { $exists: false } }, { session }),
    async insert(key, session) {
      await collection.insertOne({ ...toDoc(key), untold: true }, { session });
    },
    async replace(key, session) {
      await collection.replaceOne({ _id: key.id }, { ...toDoc(key), untold: true }, { session });
    },
    async note(key) {
      const { _id, ...fields } = toDoc(key);
      await collection.updateOne({ _id }, { $setOnInsert: fields }, { upsert: true });
      // Made without this service it is only ever revoked without it.
      const { revision, revokeTime } = fields;
      if (revokeTime === undefined) return;
      const older = { _id, revision: { $lt: revision } };
      await collection.updateOne(older, { $set: { revision, revokeTime, untold: true } });
    },
    async noteSecret(id, secret) {
      const lacks = { _id: id, 'secrets.hash': { $ne: secret.hash } };
      await collection.updateOne(lacks, { $push: { secrets: secretToDoc(secret) } });
    },
    async untold(limit) {
      const docs = await collection.find({ untold: true }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    countUntold: () => collection.countDocuments({ untold: true }),
    async told({ id, revision }) {
      await collection.updateOne({ _id: id, revision }, { $unset: { untold: true } });
    },
    async limit(ownerId, limits, session) {
      const change = {
        $inc: { revision: 1 },
        $set: { untold: true as const, ...(limits && { organisationLimits: limits }) },
        ...(limits === undefined && { $unset: { organisationLimits: true as const } }),
      };
      await collection.updateMany({ ownerId }, change, { session });
    },
    async tellAgain(ids) {
      if (ids.length === 0) return;
      await collection.updateMany({ _id: { $in: [...ids] } }, { $set: { untold: true } });
    },
    async after(id, limit) {
      const filter = { _id: { $gt: id as ApiKeyId } };
      return (await collection.find(filter).sort({ _id: 1 }).limit(limit).toArray()).map(fromDoc);
    },
    async used(uses) {
      if (uses.length === 0) return;
      const writes = uses.map(({ keyId, lastUsedMs }) => ({
        updateOne: {
          filter: { _id: keyId },
          update: { $max: { lastUsedTime: dateOf(lastUsedMs) } },
        },
      }));
      await collection.bulkWrite(writes, { ordered: false });
    },
  };
}

function toDoc(key: Key): KeyDoc {
  const { id, createMs, expireMs, revokeMs, lastUsedMs, secrets, scopes, ...rest } = key;
  return {
    _id: id,
    ...rest,
    scopes: [...scopes],
    createTime: dateOf(createMs),
    ...(expireMs !== undefined && { expireTime: dateOf(expireMs) }),
    ...(revokeMs !== undefined && { revokeTime: dateOf(revokeMs) }),
    ...(lastUsedMs !== undefined && { lastUsedTime: dateOf(lastUsedMs) }),
    secrets: secrets.map(secretToDoc),
  };
}

function fromDoc(doc: KeyDoc): Key {
  const {
    _id,
    createTime,
    expireTime,
    revokeTime,
    lastUsedTime,
    secrets,
    untold: _,
    ...rest
  } = doc;
  return {
    id: _id,
    ...rest,
    createMs: msOf(createTime),
    ...(expireTime && { expireMs: msOf(expireTime) }),
    ...(revokeTime && { revokeMs: msOf(revokeTime) }),
    ...(lastUsedTime && { lastUsedMs: msOf(lastUsedTime) }),
    secrets: secrets.map(secretFromDoc),
  };
}

function secretToDoc({ number, hash, createMs, expireMs }: Secret): SecretDoc {
  return {
    ...{ number, hash, createTime: dateOf(createMs) },
    ...(expireMs !== undefined && { expireTime: dateOf(expireMs) }),
  };
}

function secretFromDoc({ number, hash, createTime, expireTime }: SecretDoc): Secret {
  return {
    ...{ number, hash, createMs: msOf(createTime) },
    ...(expireTime && { expireMs: msOf(expireTime) }),
  };
}
