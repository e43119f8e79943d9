import type { AccountId, OrganisationId, SubscriptionId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import { stopFromDoc, type AccessStopDoc } from '../../alerts/store/access-stops';
import type { DeletedAccount } from './test-account-traces';
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
  isTest?: true;
  /** Set of a test account that was deleted: only its id is left. */
  deleteTime?: Date;
  /** The subscriptions that it had, as long as what was made of them is still to be deleted. */
  deletedSubscriptions?: string[];
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
  /** Also one that was deleted: its id is taken. */
  findAny(
    organisationId: OrganisationId,
    id: string,
    session?: ClientSession,
  ): Promise<Account | undefined>;
  /** From now on it looks missing. */
  beginDeletion(
    organisationId: OrganisationId,
    id: AccountId,
    deletion: { readonly nowMs: number; readonly subscriptionIds: readonly SubscriptionId[] },
    session: ClientSession,
  ): Promise<void>;
  /** Those of which something may be left, of all organisations. */
  beingDeleted(): AsyncIterable<DeletedAccount>;
  /** Nothing is left of it but its id. */
  endDeletion(of: DeletedAccount): Promise<void>;
  /** The ids of the first `limit` accounts, in order. */
  ids(organisationId: OrganisationId, limit: number): AsyncIterable<string>;
  /** The organisations that have accounts: one lookup for each, however many accounts it has. */
  organisations(): AsyncIterable<OrganisationId>;
}

/** Lists by parent, and what is being deleted. */
export const ACCOUNT_INDEXES = [
  { collection: 'accounts', key: { '_id.organisationId': 1, parentId: 1, '_id.id': 1 } },
  { collection: 'accounts', key: { deletedSubscriptions: 1 }, sparse: true },
] as const satisfies readonly IndexSpec[];

/** Opens the accounts. */
export function accountStore(db: Db): AccountStore {
  const all = resourceCollection(db, 'accounts', toDoc, fromDoc);
  const base: typeof all = {
    ...all,
    async find(organisationId, id, session) {
      const account = await all.find(organisationId, id, session);
      return account?.deleteMs === undefined ? account : undefined;
    },
    async findMany(organisationId, ids, session) {
      const found = await all.findMany(organisationId, ids, session);
      return new Map([...found].filter(([, { deleteMs }]) => deleteMs === undefined));
    },
    async list(organisationId, slice, filter) {
      const deleteTime = { $exists: false };
      if (filter !== undefined) return all.list(organisationId, slice, { ...filter, deleteTime });
      const after = { $gt: keyOf(organisationId, slice.afterId), $lt: endOf(organisationId) };
      const found = all.collection.find({ _id: after, deleteTime } as Filter<AccountDoc>);
      return (await found.sort({ _id: 1 }).limit(slice.limit).toArray()).map(fromDoc);
    },
  };
  return {
    ...base,
    findAny: all.find,
    async beginDeletion(organisationId, id, { nowMs, subscriptionIds }, session) {
      await all.collection.updateOne(
        { _id: keyOf(organisationId, id) },
        {
          $set: { deleteTime: dateOf(nowMs), deletedSubscriptions: [...subscriptionIds, ''] },
          $inc: { version: 1 },
        },
        { session },
      );
    },
    beingDeleted() {
      // An empty id stands for the account itself, so that one without subscriptions is found as well.
      const found = all.collection.find({ deletedSubscriptions: '' });
      return found.map(({ _id, deletedSubscriptions = [] }) => ({
        organisationId: _id.organisationId,
        accountId: _id.id as AccountId,
        subscriptionIds: deletedSubscriptions.filter((id) => id !== '') as SubscriptionId[],
      }));
    },
    async endDeletion({ organisationId, accountId }) {
      await all.collection.updateOne(
        { _id: keyOf(organisationId, accountId) },
        {
          $set: { name: '', email: '' },
          $unset: { deletedSubscriptions: '', accessStops: '' },
        },
      );
    },
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
      const filter = { _id: { $in: keys }, deleteTime: { $exists: false } };
      const found = base.collection.find(filter, { projection: { _id: 1 } });
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
  const { isTest, deleteMs } = account;
  return {
    _id: keyOf(organisationId, id),
    name,
    email,
    ...(parentId === undefined ? {} : { parentId }),
    ...(billedTo === 'self' ? {} : { billedTo }),
    ...(invoiceGrouping === 'joint' ? {} : { invoiceGrouping }),
    ...(isTest === undefined ? {} : { isTest }),
    ...(deleteMs === undefined ? {} : { deleteTime: dateOf(deleteMs) }),
    createTime: dateOf(createMs),
  };
}

function fromDoc(doc: AccountDoc): Account {
  const { _id, name, email, parentId, createTime, isTest, deleteTime } = doc;
  const { billedTo = 'self', invoiceGrouping = 'joint', accessStops = [] } = doc;
  return {
    id: _id.id as AccountId,
    ...{ name, email, billedTo, invoiceGrouping },
    ...(parentId === undefined ? {} : { parentId: parentId as AccountId }),
    ...(isTest === undefined ? {} : { isTest }),
    ...(deleteTime === undefined ? {} : { deleteMs: msOf(deleteTime) }),
    createMs: msOf(createTime),
    ...(accessStops.length === 0 ? {} : { accessStops: accessStops.map(stopFromDoc) }),
  };
}
