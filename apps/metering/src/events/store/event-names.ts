import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db } from 'mongodb';
import type { NewSegment } from '../domain/segment';

const EVENT_NAMES = 'event_names';

export const EVENT_NAME_INDEXES: readonly IndexSpec[] = [
  { collection: EVENT_NAMES, key: { organisationId: 1, eventName: 1, partition: 1 } },
];

/** How many events of a name an organisation has stored in a partition, whether a meter looks at them or not. */
interface EventNameDoc {
  /** "<organisation>/<partition>/<name>". */
  _id: string;
  organisationId: OrganisationId;
  eventName: string;
  partition: number;
  eventCount: number;
}

function collection(db: Db): Collection<EventNameDoc> {
  return db.collection<EventNameDoc>(EVENT_NAMES);
}

/** Counts newly stored events by name and partition, in the transaction that stores them. */
export async function countEventNames(
  db: Db,
  session: ClientSession,
  segments: readonly NewSegment[],
): Promise<void> {
  const updates = [...namesOf(segments).values()].map(({ _id, eventCount, ...doc }) => ({
    updateOne: {
      filter: { _id },
      update: { $inc: { eventCount }, $setOnInsert: doc },
      upsert: true,
    },
  }));
  if (updates.length > 0) await collection(db).bulkWrite(updates, { session, ordered: false });
}

/** How many events of a name are stored, by partition; only those that have any. */
export async function storedEventCounts(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
  eventName: string,
): Promise<Map<number, number>> {
  const docs = await collection(db).find({ organisationId, eventName }, { session }).toArray();
  return new Map(docs.map(({ partition, eventCount }) => [partition, eventCount]));
}

/** The names of which an organisation has stored any events. */
export async function storedEventNames(
  db: Db,
  session: ClientSession,
  organisationId: OrganisationId,
): Promise<string[]> {
  const options = { session, projection: { _id: 0, eventName: 1 } };
  const docs = await collection(db).find({ organisationId }, options).toArray();
  return [...new Set(docs.map(({ eventName }) => eventName))];
}

function namesOf(segments: readonly NewSegment[]): Map<string, EventNameDoc> {
  const names = new Map<string, EventNameDoc>();
  for (const { organisationId, partition, eventName, events } of segments) {
    const _id = `${organisationId}/${partition}/${eventName}`;
    const doc = names.get(_id) ?? { _id, organisationId, eventName, partition, eventCount: 0 };
    doc.eventCount += events.length;
    names.set(_id, doc);
  }
  return names;
}
