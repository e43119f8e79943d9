import { assert, notFound } from '@billingrails/errors';
import { parseId, type IdSource, type OrganisationId } from '@billingrails/ids';
import type { Principal } from '@billingrails/rpc';
import type { ClientSession } from 'mongodb';
import type { Key } from './keys/domain/key';
import type { KeyRecords } from './keys/use-cases/key-records';
import type { Organisation, Seen } from './organisations/domain/organisation';
import type { Stores } from './store/stores';

/** What the services of the contract are made of. */
export interface ServiceParts {
  readonly stores: Stores;
  readonly records: KeyRecords;
  readonly ids: IdSource;
  /** The server's clock. */
  readonly nowMs: () => number;
}

/** Another organisation's key looks exactly like none; so does a live one to a key of the test environment. */
export async function existingKey(
  { keys }: Pick<Stores, 'keys'>,
  { organisation, environment }: Seen,
  text: string,
  session?: ClientSession,
): Promise<Key> {
  const id = parseId('key', text);
  const key = id && (await keys.find(id, session));
  const isSeen = environment === 'live' || key?.environment === 'test';
  if (key?.ownerId === organisation.id && isSeen) return key;
  throw notFound('API_KEY_NOT_FOUND', 'There is no such API key.');
}

/** The organisation of a caller, and which of its environments the caller's key opens. */
export async function seenBy(
  { stores, records }: Pick<ServiceParts, 'stores' | 'records'>,
  { organisationId }: Pick<Principal, 'organisationId'>,
): Promise<Seen> {
  const seen = await stores.organisations.find(organisationId);
  if (seen !== undefined) return seen;
  // Its key may have been made without this service, a moment ago.
  await records.noted();
  const noted = await stores.organisations.find(organisationId);
  if (noted !== undefined) return noted;
  throw notFound('ORGANISATION_NOT_FOUND', 'There is no such organisation.');
}

/** An organisation that was seen, held until the transaction ends; see OrganisationStore.hold. */
export async function held(
  organisations: Stores['organisations'],
  id: OrganisationId,
  session: ClientSession,
): Promise<Organisation> {
  const organisation = await organisations.hold(id, session);
  assert(organisation !== undefined, 'organisations are never deleted');
  return organisation;
}
