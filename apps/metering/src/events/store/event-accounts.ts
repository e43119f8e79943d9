import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { READING } from '../../store/reading';
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
        en: of.eventName,
        ...reachingInto(of.period),
      },
      { session, sort: { a: 1 }, projection: { _id: 0, a: 1 }, ...READING },
    );
    if (next === null) break;
    accountIds.push(next.a);
  }
  return accountIds;
}

/** The first accounts, by id after `afterId` (empty: from the first), that have events. One lookup for each. */
export async function listEventAccounts(
  db: Db,
  organisationId: OrganisationId,
  afterId: string,
  limit: number,
): Promise<AccountId[]> {
  const accountIds: AccountId[] = [];
  while (accountIds.length < limit) {
    const after = (accountIds.at(-1) ?? afterId) as AccountId;
    const next = await segmentCollection(db).findOne(
      { o: organisationId, a: { $gt: after } },
      { sort: { o: 1, a: 1 }, projection: { _id: 0, a: 1 }, ...READING },
    );
    if (next === null) break;
    accountIds.push(next.a);
  }
  return accountIds;
}

/** The events of an account. */
export interface EventAccount {
  readonly accountId: AccountId;
  /** Without those that were withdrawn. */
  readonly eventCount: number;
  /** When the first and the last of all of them happened. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What there is of the accounts' events, in the order of the accounts; nothing of an account without. */
export async function summarizeEventAccounts(
  db: Db,
  organisationId: OrganisationId,
  accountIds: readonly AccountId[],
): Promise<EventAccount[]> {
  const found = await segmentCollection(db)
    .aggregate<{ _id: AccountId; count: number; first: Date; last: Date }>(
      [
        { $match: { o: organisationId, a: { $in: [...accountIds] } } },
        {
          $group: {
            _id: '$a',
            count: { $sum: { $subtract: ['$n', { $size: { $ifNull: ['$x', []] } }] } },
            first: { $min: '$ft' },
            last: { $max: '$lt' },
          },
        },
      ],
      READING,
    )
    .toArray();
  const byId = new Map(found.map((account) => [account._id, account]));
  return accountIds.flatMap((accountId) => {
    const account = byId.get(accountId);
    if (account === undefined) return [];
    const { count, first, last } = account;
    return [{ accountId, eventCount: count, firstMs: first.getTime(), lastMs: last.getTime() }];
  });
}
