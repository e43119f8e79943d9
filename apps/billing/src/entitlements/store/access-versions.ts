import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { keyOf, type Key } from '../../store/resource-collection';

interface AccessVersionDoc {
  /** The id is an account's; empty: of the whole organisation. */
  _id: Key;
  version: number;
}

/** Whose access. */
export interface AccessOf {
  readonly organisationId: OrganisationId;
  readonly accountId: string;
}

/**
 * The collection `access_versions`: how often what decides about access has changed, beside usage and what is reserved.
 * Whoever knows an account, and the version that it had before that was read, knows it as it is while the version is
 * the same.
 */
export interface AccessVersionStore {
  /** In the transaction that changes something about an account: its subscriptions, or what is granted to these. */
  raise(
    organisationId: OrganisationId,
    accountId: AccountId,
    session: ClientSession,
  ): Promise<void>;
  /** In the transaction that changes something about all accounts of the organisation: what is granted to a plan. */
  raiseAll(organisationId: OrganisationId, session: ClientSession): Promise<void>;
  /** The versions, in their order, as texts that are the same only where nothing has changed. */
  read(accounts: readonly AccessOf[]): Promise<string[]>;
}

/** Read by key alone. */
export const ACCESS_VERSION_INDEXES = [
  { collection: 'access_versions' },
] as const satisfies readonly IndexSpec[];

const ALL = '';

/** Opens the versions. */
export function accessVersionStore(db: Db): AccessVersionStore {
  const collection = db.collection<AccessVersionDoc>('access_versions');
  const raise = async (_id: Key, session: ClientSession) => {
    await collection.updateOne({ _id }, { $inc: { version: 1 } }, { session, upsert: true });
  };
  return {
    raise: (organisationId, accountId, session) => raise(keyOf(organisationId, accountId), session),
    raiseAll: (organisationId, session) => raise(keyOf(organisationId, ALL), session),
    async read(accounts) {
      const keys = new Map(
        accounts.flatMap(({ organisationId, accountId }) =>
          [ALL, accountId].map((id) => [nameOf(organisationId, id), keyOf(organisationId, id)]),
        ),
      );
      const docs = await collection.find({ _id: { $in: [...keys.values()] } }).toArray();
      const versions = new Map(
        docs.map(({ _id, version }) => [nameOf(_id.organisationId, _id.id), version]),
      );
      return accounts.map(({ organisationId, accountId }) =>
        [ALL, accountId].map((id) => versions.get(nameOf(organisationId, id)) ?? 0).join('/'),
      );
    },
  };
}

function nameOf(organisationId: OrganisationId, id: string): string {
  return `${organisationId}/${id}`;
}
