import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';

/** Whose balance in which currency. */
export interface BalanceOwner {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly currencyCode: string;
}

/** Minor units in the account's favour: what it paid or was given back too much. Below 0: carried forward. */
export interface Balance extends BalanceOwner {
  readonly minorUnits: bigint;
}

interface BalanceDoc {
  /** The order of the fields is part of the key. */
  _id: { organisationId: OrganisationId; accountId: AccountId; currencyCode: string };
  minorUnits: string;
}

/** The collection `account_balances`: what is owed beside open invoices. None is a balance of 0. */
export interface BalanceStore {
  /** Those that there are. */
  findMany(owners: readonly BalanceOwner[], session?: ClientSession): Promise<Balance[]>;
  /** Those that are not 0 of so many accounts after one, or of one account alone, by account. */
  after(
    organisationId: OrganisationId,
    of: {
      readonly after: string;
      readonly accountId: string | undefined;
      readonly accounts: number;
    },
  ): Promise<Balance[]>;
  replace(balances: readonly Balance[], session: ClientSession): Promise<void>;
}

const ACCOUNT_BALANCES = 'account_balances';

/** Found by account. */
export const BALANCE_INDEXES = [
  {
    collection: ACCOUNT_BALANCES,
    key: { '_id.organisationId': 1, '_id.accountId': 1, '_id.currencyCode': 1 },
  },
] as const satisfies readonly IndexSpec[];

/** Opens the balances. */
export function balanceStore(db: Db): BalanceStore {
  const collection = db.collection<BalanceDoc>(ACCOUNT_BALANCES);
  return {
    async findMany(owners, session) {
      if (owners.length === 0) return [];
      const filter = { _id: { $in: owners.map(keyOf) } };
      const docs = await collection.find(filter, session && { session }).toArray();
      return docs.map(fromDoc);
    },
    async after(organisationId, { after, accountId, accounts }) {
      const only = accountId === undefined ? {} : { $eq: accountId };
      const filter = {
        '_id.organisationId': organisationId,
        '_id.accountId': { $gt: after, ...only },
        minorUnits: { $ne: '0' },
      } as unknown as Filter<BalanceDoc>;
      const sort = { '_id.organisationId': 1, '_id.accountId': 1, '_id.currencyCode': 1 } as const;
      const balances: Balance[] = [];
      const seen = new Set<string>();
      for await (const doc of collection.find(filter).sort(sort)) {
        seen.add(doc._id.accountId);
        if (seen.size > accounts) break;
        balances.push(fromDoc(doc));
      }
      return balances;
    },
    async replace(balances, session) {
      const writes = balances.map((balance) => ({
        replaceOne: {
          filter: { _id: keyOf(balance) },
          replacement: { minorUnits: balance.minorUnits.toString() },
          upsert: true,
        },
      }));
      if (writes.length > 0) await collection.bulkWrite(writes, { session });
    },
  };
}

function keyOf({ organisationId, accountId, currencyCode }: BalanceOwner): BalanceDoc['_id'] {
  return { organisationId, accountId, currencyCode };
}

function fromDoc({ _id, minorUnits }: BalanceDoc): Balance {
  return { ..._id, minorUnits: BigInt(minorUnits) };
}
