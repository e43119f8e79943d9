import { partitionOf } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { readPartitionCount } from '../../partitions/store/partitions';
import { takeAccountAdditions, takeAdditions } from '../store/usage-additions';
import { addUsageDays } from '../store/write-usage-days';

/** Of one step: enough to be worth a transaction, few enough for it not to hold up others. */
const DAYS_AT_ONCE = 8_000;

/**
 * Moves what waits in a partition into its buckets, up to a limit; gives whether that was all. No usage changes by it.
 * Two settlements that run at once collide; one of them is repeated.
 */
export async function settlePartition(
  db: Db,
  session: ClientSession,
  partition: number,
  daysMax = DAYS_AT_ONCE,
): Promise<boolean> {
  const { days, isAll } = await takeAdditions(db, session, partition, daysMax);
  await addUsageDays(db, session, days);
  return isAll;
}

/** Moves what waits of an account, and nothing else, into its buckets: before these are replaced. */
export async function settleAccount(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  accountId: AccountId,
): Promise<void> {
  const partitionCount = await readPartitionCount(db, session);
  const partition = partitionOf(organisationId, accountId, partitionCount);
  const days = await takeAccountAdditions(db, session, partition, organisationId, accountId);
  await addUsageDays(db, session, days);
}
