import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Db } from 'mongodb';
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
}

/** The collection `accounts`: read by its key, listed by id. */
export type AccountStore = ResourceCollection<Account, AccountDoc>;

/** Opens the accounts. */
export function accountStore(db: Db): AccountStore {
  return resourceCollection(db, 'accounts', toDoc, fromDoc);
}

function toDoc(organisationId: OrganisationId, { id, name, email, createMs }: Account): AccountDoc {
  return { _id: keyOf(organisationId, id), name, email, createMs };
}

function fromDoc({ _id, name, email, createMs }: AccountDoc): Account {
  return { id: _id.id as AccountId, name, email, createMs };
}
