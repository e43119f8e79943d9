import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Db } from 'mongodb';
import { segmentCollection } from './segments';

/** The events of one name of one account. */
export interface SegmentSeries {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly eventName: string;
}

/** The series after one, in the order of the index; of `undefined` the first. Undefined when there is none. */
export async function nextSeries(
  db: Db,
  after: SegmentSeries | undefined,
): Promise<SegmentSeries | undefined> {
  const found = await segmentCollection(db)
    .find(after === undefined ? {} : { $or: laterThan(after) })
    .project<{ o: OrganisationId; a: AccountId; en: string }>({ _id: 0, o: 1, a: 1, en: 1 })
    .sort({ o: 1, a: 1, en: 1, lt: 1, ft: 1, _id: 1 })
    .limit(1)
    .next();
  return found === null
    ? undefined
    : { organisationId: found.o, accountId: found.a, eventName: found.en };
}

/** Deletes at most `limit` segments of a series that end before an instant, the oldest first; gives how many. */
export async function deleteSegmentsBefore(
  db: Db,
  { organisationId: o, accountId: a, eventName: en }: SegmentSeries,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const segments = segmentCollection(db);
  const old = await segments
    .find({ o, a, en, lt: { $lt: new Date(beforeMs) } }, { projection: { _id: 1 } })
    .sort({ lt: 1, ft: 1, _id: 1 })
    .limit(limit)
    .toArray();
  if (old.length === 0) return 0;
  const ids = old.map(({ _id }) => _id);
  const { deletedCount } = await segments.deleteMany({ _id: { $in: ids }, o, a, en });
  return deletedCount;
}

function laterThan({ organisationId: o, accountId: a, eventName: en }: SegmentSeries) {
  return [{ o, a, en: { $gt: en } }, { o, a: { $gt: a } }, { o: { $gt: o } }];
}
