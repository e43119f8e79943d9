import type { AccountId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf } from '@billingrails/mongo';
import { MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import type { Account } from '../domain/account';
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
  createTime: Date;
  /** Rises with every fence. Unset: 0. */
  version?: number;
}

/** The collection `accounts`: read by its key, listed by id. */
export interface AccountStore extends ResourceCollection<Account, AccountDoc> {
  /** Of two transactions that decide about the account's subscriptions, only one at a time goes through. */
  fence(organisationId: OrganisationId, id: AccountId, session: ClientSession): Promise<void>;
  /** Which of the ids are accounts'. */
  existing(organisationId: OrganisationId, ids: readonly string[]): Promise<Set<string>>;
  /** The ids of the first `limit` accounts, in order. */
  ids(organisationId: OrganisationId, limit: number): AsyncIterable<string>;
  /** The organisations that have accounts: one lookup for each, however many accounts it has. */
  organisations(): AsyncIterable<OrganisationId>;
}

/** Opens the accounts. */
export function accountStore(db: Db): AccountStore {
  const base = resourceCollection(db, 'accounts', toDoc, fromDoc);
  return {
    ...base,
    async fence(organisationId, id, session) {
      await base.collection.updateOne(
        { _id: keyOf(organisationId, id) },
        { $inc: { version: 1 } },
        { session },
      );
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

function toDoc(organisationId: OrganisationId, { id, name, email, createMs }: Account): AccountDoc {
  return { _id: keyOf(organisationId, id), name, email, createTime: dateOf(createMs) };
}

function fromDoc({ _id, name, email, createTime }: AccountDoc): Account {
  return { id: _id.id as AccountId, name, email, createMs: msOf(createTime) };
}
