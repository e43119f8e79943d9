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
  /** All of an account. */
  ofAccount(organisationId: OrganisationId, accountId: string): Promise<Balance[]>;
  /** Of accounts from the first to the last, all that there are. */
  between(
    organisationId: OrganisationId,
    span: { readonly after: string; readonly last?: string },
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
    async ofAccount(organisationId, accountId) {
      const filter = { '_id.organisationId': organisationId, '_id.accountId': accountId };
      const docs = await collection
        .find(filter as Filter<BalanceDoc>)
        .sort({ '_id.currencyCode': 1 })
        .toArray();
      return docs.map(fromDoc);
    },
    async between(organisationId, { after, last }) {
      const accountId = { $gt: after, ...(last === undefined ? {} : { $lte: last }) };
      const filter = { '_id.organisationId': organisationId, '_id.accountId': accountId };
      return (await collection.find(filter as unknown as Filter<BalanceDoc>).toArray()).map(
        fromDoc,
      );
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
