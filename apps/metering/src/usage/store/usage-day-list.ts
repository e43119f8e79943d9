import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Db } from 'mongodb';
import { DAY_MS, dayOf } from '../../domain/hours';
import { segmentCollection } from '../../events/store/segments';
import { READING } from '../../store/reading';
import type { DayRange } from '../domain/usage-cuts';
import { bucketKeys } from './usage-day-doc';

/** The next account after one, by id, that has events or buckets; of '' the first. */
export async function nextAccount(
  db: Db,
  organisationId: OrganisationId,
  after: string,
): Promise<AccountId | undefined> {
  const filter = { o: organisationId, a: { $gt: after as AccountId } };
  const options = { ...READING, sort: { o: 1, a: 1 }, projection: { _id: 0, a: 1 } } as const;
  const [ofEvents, ofBuckets] = await Promise.all([
    segmentCollection(db).findOne(filter, options),
    bucketKeys(db).findOne(filter, options),
  ]);
  const [first] = [ofEvents, ofBuckets].flatMap((doc) => doc?.a ?? []).sort();
  return first;
}

/** The days [fromDay, toDay) on which an account has events of a name, or buckets of some profiles, ascending. */
export async function daysWithUsage(
  db: Db,
  of: {
    readonly organisationId: OrganisationId;
    readonly accountId: AccountId;
    readonly eventName: string;
    /** The profiles' numbers. */
    readonly profiles: readonly number[];
  },
  { fromDay, toDay }: DayRange,
): Promise<number[]> {
  const { organisationId: o, accountId: a, eventName: en, profiles } = of;
  const days = new Set<number>();
  const lt = { $gte: new Date(fromDay * DAY_MS), $lt: new Date(toDay * DAY_MS) };
  const segments = segmentCollection(db).find(
    { o, a, en, lt },
    { ...READING, projection: { _id: 0, lt: 1 } },
  );
  for await (const doc of segments) days.add(dayOf(doc.lt.getTime()));
  const buckets = bucketKeys(db).find(
    { o, a, p: { $in: [...profiles] }, d: { $gte: fromDay, $lt: toDay } },
    { ...READING, projection: { _id: 0, d: 1 } },
  );
  for await (const { d } of buckets) days.add(d);
  return [...days].sort((x, y) => x - y);
}
