import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { READING } from './reading';
import { reachingInto, segmentCollection } from './segments';

/**
 * The first accounts, by id, that may have events of a name in a period. Asks for one account after the other, so that
 * how many events each has does not matter.
 */
export async function accountsWithEvents(
  db: Db,
  session: ClientSession,
  of: {
    readonly organisationId: OrganisationId;
    readonly eventName: string;
    readonly period: Period;
  },
  limit: number,
): Promise<AccountId[]> {
  const accountIds: AccountId[] = [];
  while (accountIds.length < limit) {
    const after = accountIds.at(-1);
    const next = await segmentCollection(db).findOne(
      {
        o: of.organisationId,
        ...(after === undefined ? {} : { a: { $gt: after } }),
        n: of.eventName,
        ...reachingInto(of.period),
      },
      { session, sort: { a: 1 }, projection: { _id: 0, a: 1 }, ...READING },
    );
    if (next === null) break;
    accountIds.push(next.a);
  }
  return accountIds;
}
