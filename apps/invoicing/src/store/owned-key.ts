import type { OrganisationId } from '@billingrails/ids';
import { MaxKey } from 'mongodb';

/** The key of what an organisation owns: first whose it is, so that nothing is found by its id alone. */
export interface OwnedKey<Id extends string = string> {
  organisationId: OrganisationId;
  id: Id;
}

/** The order of the fields is part of the key. */
export function ownedKey<Id extends string>(organisationId: OrganisationId, id: Id): OwnedKey<Id> {
  return { organisationId, id };
}

/** The keys of an organisation after that one. */
export function keysAfter(organisationId: OrganisationId, afterId: string): object {
  return { $gt: { organisationId, id: afterId }, $lt: { organisationId, id: new MaxKey() } };
}
