import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { Binary, type ClientSession, type Collection, type Db } from 'mongodb';
import type { ConflictingEvent } from '../domain/chunk';
import type { EventField } from '../domain/event';

const CONFLICTS = 'conflicts';

export const CONFLICT_INDEXES: readonly IndexSpec[] = [
  { collection: CONFLICTS, key: { organisationId: 1, accountId: 1, key: 1 } },
];

/** An event whose key was taken by an event with other content. Visible, and counted by nothing. */
interface ConflictDoc {
  /** Its place in the stream, "<partition>/<seq>/<index>". */
  _id: string;
  organisationId: OrganisationId;
  accountId: string;
  key: string;
  eventName: string;
  timestamp: Date;
  receiveTime: Date;
  properties: Binary;
  /** In what it differs from the event that has the key. */
  differs: EventField[];
}

function collection(db: Db): Collection<ConflictDoc> {
  return db.collection<ConflictDoc>(CONFLICTS);
}

/** Keeps conflicting events. */
export async function insertConflicts(
  db: Db,
  session: ClientSession,
  conflicts: readonly ConflictingEvent[],
): Promise<void> {
  if (conflicts.length === 0) return;
  await collection(db).insertMany(conflicts.map(toDoc), { session });
}

/** All conflicts of an organisation, by account and key. */
export async function listConflicts(
  db: Db,
  organisationId: OrganisationId,
): Promise<{ key: string; accountId: string; differs: readonly EventField[] }[]> {
  const docs = collection(db).find({ organisationId }).sort({ accountId: 1, key: 1 });
  return docs.map(({ key, accountId, differs }) => ({ key, accountId, differs })).toArray();
}

function toDoc({ event, place, differs }: ConflictingEvent): ConflictDoc {
  return {
    _id: `${place.partition}/${place.seq}/${place.index}`,
    organisationId: event.organisationId,
    accountId: event.accountId,
    key: event.key,
    eventName: event.eventName,
    timestamp: new Date(event.timestampMs),
    receiveTime: new Date(event.receiveTimeMs),
    properties: new Binary(event.properties),
    differs: [...differs],
  };
}
