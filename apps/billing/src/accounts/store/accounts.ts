import type { AccountId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import { stopFromDoc, type AccessStopDoc } from '../../alerts/store/access-stops';
import type { Account, BilledTo, InvoiceGrouping } from '../domain/account';
import { missingPayers } from '../domain/payer';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';

interface AccountDoc {
  _id: Key;
  name: string;
  email: string;
  parentId?: string;
  /** Unset: itself. */
  billedTo?: BilledTo;
  /** Unset: joint. */
  invoiceGrouping?: InvoiceGrouping;
  createTime: Date;
  accessStops?: AccessStopDoc[];
  /** Rises with every fence. Unset: 0. */
  version?: number;
}

/** The collection `accounts`: read by its key, listed by id, and by parent. */
export interface AccountStore extends ResourceCollection<Account, AccountDoc> {
  /** Of two transactions that decide about the accounts' subscriptions, or their parents, only one goes through. */
  fence(
    organisationId: OrganisationId,
    ids: readonly AccountId[],
    session: ClientSession,
  ): Promise<void>;
  update(organisationId: OrganisationId, account: Account, session: ClientSession): Promise<void>;
  /** Those whose parent is one of the accounts. */
  childrenOf(
    organisationId: OrganisationId,
    parentIds: readonly AccountId[],
    session?: ClientSession,
  ): Promise<Account[]>;
  /** The accounts, and whoever pays for them: those of `ids` that exist, with parents as far as these pay. */
  withPayers(
    organisationId: OrganisationId,
    ids: readonly string[],
    session?: ClientSession,
  ): Promise<Map<string, Account>>;
  /** Which of the ids are accounts'. */
  existing(organisationId: OrganisationId, ids: readonly string[]): Promise<Set<string>>;
  /** The ids of the first `limit` accounts, in order. */
  ids(organisationId: OrganisationId, limit: number): AsyncIterable<string>;
  /** The organisations that have accounts: one lookup for each, however many accounts it has. */
  organisations(): AsyncIterable<OrganisationId>;
}

/** Lists by parent. */
export const ACCOUNT_INDEXES = [
  { collection: 'accounts', key: { '_id.organisationId': 1, parentId: 1, '_id.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the accounts. */
export function accountStore(db: Db): AccountStore {
  const base = resourceCollection(db, 'accounts', toDoc, fromDoc);
  return {
    ...base,
    async fence(organisationId, ids, session) {
      await base.collection.updateMany(
        { _id: { $in: ids.map((id) => keyOf(organisationId, id)) } },
        { $inc: { version: 1 } },
        { session },
      );
    },
    async update(organisationId, account, session) {
      const { _id, createTime: _createTime, ...fields } = toDoc(organisationId, account);
      const gone = ['parentId', 'billedTo', 'invoiceGrouping'].filter((name) => !(name in fields));
      await base.collection.updateOne(
        { _id },
        {
          $set: fields,
          $unset: Object.fromEntries(gone.map((name) => [name, ''])),
          $inc: { version: 1 },
        },
        { session },
      );
    },
    async childrenOf(organisationId, parentIds, session) {
      const filter = { '_id.organisationId': organisationId, parentId: { $in: [...parentIds] } };
      const found = base.collection.find(filter, session === undefined ? {} : { session });
      return (await found.toArray()).map(fromDoc);
    },
    async withPayers(organisationId, ids, session) {
      const accounts = await base.findMany(organisationId, ids, session);
      for (;;) {
        const missing = missingPayers(accounts);
        if (missing.length === 0) return accounts;
        for (const [id, account] of await base.findMany(organisationId, missing, session))
          accounts.set(id, account);
      }
    },
    async existing(organisationId, ids) {
      const keys = ids.map((id) => keyOf(organisationId, id));
      const found = base.collection.find({ _id: { $in: keys } }, { projection: { _id: 1 } });
      return new Set(await found.map(({ _id }) => _id.id).toArray());
    },
    async *organisations() {
      let after: object = {};
      for (;;) {
        const filter = { _id: { $gt: after } } as Filter<AccountDoc>;
        const options = { sort: { _id: 1 }, projection: { _id: 1 } } as const;
        const next = await base.collection.findOne(filter, options);
        if (next === null) return;
        const { organisationId } = next._id;
        yield organisationId;
        after = endOf(organisationId);
      }
    },
    ids(organisationId, limit) {
      const filter = { _id: { $gt: keyOf(organisationId, ''), $lt: endOf(organisationId) } };
      const found = base.collection.find(filter as Filter<AccountDoc>, { projection: { _id: 1 } });
      return found
        .sort({ _id: 1 })
        .limit(limit)
        .map(({ _id }) => _id.id);
    },
  };
}

/** Greater than the key of every account of the organisation. */
function endOf(organisationId: OrganisationId): object {
  return { organisationId, id: new MaxKey() };
}

function toDoc(organisationId: OrganisationId, account: Account): AccountDoc {
  const { id, name, email, parentId, billedTo, invoiceGrouping, createMs } = account;
  return {
    _id: keyOf(organisationId, id),
    name,
    email,
    ...(parentId === undefined ? {} : { parentId }),
    ...(billedTo === 'self' ? {} : { billedTo }),
    ...(invoiceGrouping === 'joint' ? {} : { invoiceGrouping }),
    createTime: dateOf(createMs),
  };
}

function fromDoc(doc: AccountDoc): Account {
  const { _id, name, email, parentId, createTime } = doc;
  const { billedTo = 'self', invoiceGrouping = 'joint', accessStops = [] } = doc;
  return {
    id: _id.id as AccountId,
    ...{ name, email, billedTo, invoiceGrouping },
    ...(parentId === undefined ? {} : { parentId: parentId as AccountId }),
    createMs: msOf(createTime),
    ...(accessStops.length === 0 ? {} : { accessStops: accessStops.map(stopFromDoc) }),
  };
}
