import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { Binary, type ClientSession, type Collection, type Db, type Filter } from 'mongodb';
import type { EventField } from '../../events/domain/event';
import { READING } from '../../store/reading';
import type { ConflictingEvent } from '../domain/chunk';

const CONFLICTS = 'conflicts';

/** Conflicts are listed by account, and found by their key, whichever account it came under. */
export const CONFLICT_INDEXES: readonly IndexSpec[] = [
  { collection: CONFLICTS, key: { organisationId: 1, accountId: 1, key: 1, seq: 1, index: 1 } },
  { collection: CONFLICTS, key: { organisationId: 1, key: 1, accountId: 1, seq: 1, index: 1 } },
];

/** An event whose key was taken by an event with other content. Visible, and counted by nothing. */
interface ConflictDoc {
  /** Its place in the stream, "<partition>/<seq>/<index>". */
  _id: string;
  organisationId: OrganisationId;
  accountId: AccountId;
  key: string;
  /** The order in which they came. */
  seq: number;
  index: number;
  eventName: string;
  timestamp: Date;
  receiveTime: Date;
  properties: Binary;
  /** In what it differs from the event that has the key. */
  differs: EventField[];
}

/** An event as it came under a key that was taken. */
export interface Conflict extends ConflictPosition {
  readonly eventName: string;
  readonly timestampMs: number;
  readonly receiveTimeMs: number;
  readonly properties: Uint8Array;
  readonly differs: readonly EventField[];
}

/** A point in the order of a list of conflicts: after its conflict. */
export interface ConflictPosition {
  readonly accountId: string;
  readonly key: string;
  readonly seq: number;
  readonly index: number;
}

/** Which conflicts to list. */
export interface ConflictListing {
  readonly organisationId: OrganisationId;
  /** Undefined for all. */
  readonly accountId?: AccountId | undefined;
  readonly key?: string | undefined;
  /** The last of the page before; undefined for the first page. */
  readonly after?: ConflictPosition | undefined;
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

/** The first `limit` conflicts of a listing: by account, then key, then as they came. */
export async function listConflicts(
  db: Db,
  session: ClientSession | undefined,
  { organisationId, accountId, key, after }: ConflictListing,
  limit: number,
): Promise<Conflict[]> {
  const filter: Filter<ConflictDoc> = {
    organisationId,
    ...(accountId === undefined ? {} : { accountId }),
    ...(key === undefined ? {} : { key }),
    ...(after === undefined ? {} : { $or: laterThan(after) }),
  };
  const docs = collection(db)
    .find(filter, { ...READING, ...(session === undefined ? {} : { session }) })
    .sort({ accountId: 1, key: 1, seq: 1, index: 1 })
    .limit(limit);
  return docs.map(fromDoc).toArray();
}

function laterThan({ accountId: a, key, seq, index }: ConflictPosition): Filter<ConflictDoc>[] {
  const accountId = a as AccountId;
  return [
    { accountId: { $gt: accountId } },
    { accountId, key: { $gt: key } },
    { accountId, key, seq: { $gt: seq } },
    { accountId, key, seq, index: { $gt: index } },
  ];
}

function toDoc({ event, place, differs }: ConflictingEvent): ConflictDoc {
  return {
    _id: `${place.partition}/${place.seq}/${place.index}`,
    organisationId: event.organisationId,
    accountId: event.accountId,
    key: event.key,
    seq: place.seq,
    index: place.index,
    eventName: event.eventName,
    timestamp: new Date(event.timestampMs),
    receiveTime: new Date(event.receiveTimeMs),
    properties: new Binary(event.properties),
    differs: [...differs],
  };
}

function fromDoc({ timestamp, receiveTime, properties, ...conflict }: ConflictDoc): Conflict {
  const { accountId, key, seq, index, eventName, differs } = conflict;
  return {
    ...{ accountId, key, seq, index, eventName, differs },
    timestampMs: timestamp.getTime(),
    receiveTimeMs: receiveTime.getTime(),
    properties: properties.buffer,
  };
}
