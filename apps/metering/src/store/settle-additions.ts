import { partitionOf } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { readPartitionCount } from './partitions';
import { takeAdditions } from './usage-additions';
import { addUsageDays } from './usage-days';

/**
 * Moves what waits in a partition into its buckets, at most so many documents; gives how many there were. No usage changes
 * by it. Who settles the same at once collides, and one of both runs again.
 */
export async function settlePartition(
  db: Db,
  session: ClientSession,
  partition: number,
  documentsMax: number,
): Promise<number> {
  const { documents, days } = await takeAdditions(db, session, partition, documentsMax);
  await addUsageDays(db, session, days);
  return documents;
}

/** Moves all that waits of an account, and of others with it, into the buckets: before these are replaced. */
export async function settleAccount(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  accountId: AccountId,
): Promise<void> {
  const partitionCount = await readPartitionCount(db, session);
  const partition = partitionOf(organisationId, accountId, partitionCount);
  while ((await settlePartition(db, session, partition, DOCUMENTS_AT_ONCE)) > 0);
}

const DOCUMENTS_AT_ONCE = 100;
