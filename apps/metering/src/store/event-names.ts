import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db } from 'mongodb';
import type { UsageEvent } from '../domain/event';

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

/** Counts newly stored events of a partition, in the transaction that stores them. */
export async function countEventNames(
  db: Db,
  session: ClientSession,
  partition: number,
  events: Iterable<UsageEvent>,
): Promise<void> {
  const updates = [...namesOf(partition, events).values()].map(({ _id, eventCount, ...doc }) => ({
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

function namesOf(partition: number, events: Iterable<UsageEvent>): Map<string, EventNameDoc> {
  const names = new Map<string, EventNameDoc>();
  for (const { organisationId, eventName } of events) {
    const _id = `${organisationId}/${partition}/${eventName}`;
    const doc = names.get(_id) ?? { _id, organisationId, eventName, partition, eventCount: 0 };
    doc.eventCount += 1;
    names.set(_id, doc);
  }
  return names;
}
