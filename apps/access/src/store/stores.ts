import type { IndexSpec, Mongo } from '@billingrails/mongo';
import { AUDIT_INDEXES } from '../audit/store/stores';
import { KEY_INDEXES, keyStore, type KeyStore } from '../keys/store/keys';
import {
  ORGANISATION_INDEXES,
  organisationStore,
  type OrganisationStore,
} from '../organisations/store/organisations';

/** Everything that access keeps. */
export interface Stores {
  readonly mongo: Mongo;
  readonly organisations: OrganisationStore;
  readonly keys: KeyStore;
}

/** What must exist before the stores are used. */
export const INDEXES: readonly IndexSpec[] = [
  ...ORGANISATION_INDEXES,
  ...KEY_INDEXES,
  ...AUDIT_INDEXES,
];

/** Opens the stores. */
export function openStores(mongo: Mongo): Stores {
  const { db } = mongo;
  return { mongo, organisations: organisationStore(db), keys: keyStore(db) };
}
