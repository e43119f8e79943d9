import type { AccountId, CreditUnitId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';

/** What has been granted to an account of a unit, all together: what entries are posted for. */
export interface CreditPool {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly creditUnitId: CreditUnitId;
  /** What moved before it is posted as it was known, but for what has changed since: then it was set back. */
  readonly postedMs: number;
  /** Rises with every change. */
  readonly version: number;
}

/** The order of the fields is part of the key. */
interface PoolKey {
  organisationId: OrganisationId;
  accountId: string;
  creditUnitId: string;
}

interface CreditPoolDoc {
  _id: PoolKey;
  postedTime: Date;
  version: number;
}

/** The collection `credit_pools`: how far each is posted. */
export interface CreditPoolStore {
  /** Lets what moved from an instant on be posted anew; makes the pool where there is none. */
  setBack(
    pool: Omit<CreditPool, 'postedMs' | 'version'>,
    fromMs: number,
    session: ClientSession,
  ): Promise<void>;
  /** The same for every pool of the accounts; of all of the organisation where none are named. */
  setAllBack(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[] | undefined,
    fromMs: number,
  ): Promise<void>;
  /**
   * Those of the accounts, or of all the organisation's but some, that are not posted up to an instant, the ones that
   * are furthest behind first.
   */
  behind(
    organisationId: OrganisationId,
    of: { readonly accountId: AccountId } | { readonly except: readonly AccountId[] },
    untilMs: number,
    limit: number,
  ): Promise<CreditPool[]>;
  /** Says how far a pool is posted. False where it has changed since it was read: then nothing is done. */
  posted(pool: CreditPool, untilMs: number, session: ClientSession): Promise<boolean>;
}

const CREDIT_POOLS = 'credit_pools';

/** The search for what is not posted, and what usage has changed of. */
export const CREDIT_POOL_INDEXES = [
  { collection: CREDIT_POOLS, key: { '_id.organisationId': 1, postedTime: 1 } },
  { collection: CREDIT_POOLS, key: { '_id.organisationId': 1, '_id.accountId': 1, postedTime: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the pools. */
export function creditPoolStore(db: Db): CreditPoolStore {
  const collection = db.collection<CreditPoolDoc>(CREDIT_POOLS);
  return {
    async setBack(pool, fromMs, session) {
      const back = { $min: { postedTime: dateOf(fromMs) }, $inc: { version: 1 } };
      await collection.updateOne({ _id: keyOf(pool) }, back, { upsert: true, session });
    },
    async setAllBack(organisationId, accountIds, fromMs) {
      const filter = {
        '_id.organisationId': organisationId,
        ...(accountIds === undefined ? {} : { '_id.accountId': { $in: [...accountIds] } }),
        postedTime: { $gt: dateOf(fromMs) },
      } as Filter<CreditPoolDoc>;
      const back = { $set: { postedTime: dateOf(fromMs) }, $inc: { version: 1 } };
      await collection.updateMany(filter, back);
    },
    async behind(organisationId, of, untilMs, limit) {
      const filter = {
        '_id.organisationId': organisationId,
        '_id.accountId': 'accountId' in of ? of.accountId : { $nin: [...of.except] },
        postedTime: { $lt: dateOf(untilMs) },
      } as Filter<CreditPoolDoc>;
      const found = collection.find(filter).sort({ postedTime: 1 }).limit(limit);
      return (await found.toArray()).map(fromDoc);
    },
    async posted(pool, untilMs, session) {
      const { modifiedCount } = await collection.updateOne(
        { _id: keyOf(pool), version: pool.version },
        { $set: { postedTime: dateOf(untilMs) }, $inc: { version: 1 } },
        { session },
      );
      return modifiedCount === 1;
    },
  };
}

function keyOf({
  organisationId,
  accountId,
  creditUnitId,
}: Omit<CreditPool, 'postedMs' | 'version'>): PoolKey {
  return { organisationId, accountId, creditUnitId };
}

function fromDoc({ _id, postedTime, version }: CreditPoolDoc): CreditPool {
  return {
    organisationId: _id.organisationId,
    accountId: _id.accountId as AccountId,
    creditUnitId: _id.creditUnitId as CreditUnitId,
    postedMs: msOf(postedTime),
    version,
  };
}
