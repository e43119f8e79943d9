import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
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
  createMs: number;
  /** Rises with every fence. Unset: 0. */
  version?: number;
}

/** The collection `accounts`: read by its key, listed by id. */
export interface AccountStore extends ResourceCollection<Account, AccountDoc> {
  /** Of two transactions that decide about the account's subscriptions, only one at a time goes through. */
  fence(organisationId: OrganisationId, id: AccountId, session: ClientSession): Promise<void>;
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
  };
}

function toDoc(organisationId: OrganisationId, { id, name, email, createMs }: Account): AccountDoc {
  return { _id: keyOf(organisationId, id), name, email, createMs };
}

function fromDoc({ _id, name, email, createMs }: AccountDoc): Account {
  return { id: _id.id as AccountId, name, email, createMs };
}
