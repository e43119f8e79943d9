import type { ClientSession, Db } from 'mongodb';
import { usageDayOf, type CollectedDay } from '../domain/usage-day';
import { addUniqueValues } from './unique-days';
import { addUsageDays } from './usage-days';
import { placeGroups } from './usage-groups';
import { addLevels } from './usage-levels';

/** Adds what profiles counted to its buckets, in the transaction that counts it. The events must be stored already. */
export async function addUsage(
  db: Db,
  session: ClientSession,
  usage: readonly CollectedDay[],
): Promise<void> {
  const placed = await placeGroups(db, session, usage);
  const isLevel = ({ by }: CollectedDay) => by.method === 'time_weighted_sum';
  const days = placed.filter((day) => !isLevel(day)).map(usageDayOf);
  await addUsageDays(db, session, days);
  await addUniqueValues(db, session, days);
  await addLevels(db, session, placed.filter(isLevel));
}
