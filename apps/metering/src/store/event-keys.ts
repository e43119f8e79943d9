import { Binary, type ClientSession, type Collection, type Db } from 'mongodb';
import { contentHashOf } from '../domain/event';
import type { NewSegment } from '../domain/segment';

/** An event's key, for ever: what makes the event count once, and where it lies. */
interface EventKeyDoc {
  /** The event's id: organisation and key. */
  _id: string;
  /** `contentHashOf` the event. */
  h: Binary;
  /** Its segment, and which of the segment's events it is. */
  s: string;
  i: number;
}

/** What the ledger holds under a key. */
export interface EventKey {
  readonly hash: Uint8Array;
  readonly segmentId: string;
  readonly index: number;
}

function collection(db: Db): Collection<EventKeyDoc> {
  return db.collection<EventKeyDoc>('event_keys');
}

/** Those of the ids that are taken. */
export async function findKeys(
  db: Db,
  session: ClientSession,
  ids: readonly string[],
): Promise<Map<string, EventKey>> {
  const docs = collection(db).find({ _id: { $in: [...ids] } }, { session });
  const keys = new Map<string, EventKey>();
  for await (const { _id, h, s, i } of docs) {
    keys.set(_id, { hash: h.buffer, segmentId: s, index: i });
  }
  return keys;
}

/** Takes the keys of new events. They must be free in the session's snapshot. */
export async function insertKeys(
  db: Db,
  session: ClientSession,
  segments: readonly NewSegment[],
): Promise<void> {
  const docs = segments.flatMap(toDocs);
  if (docs.length > 0) await collection(db).insertMany(docs, { session, ordered: false });
}

function toDocs({ id, events }: NewSegment): EventKeyDoc[] {
  return events.map(({ event }, index) => ({
    _id: event.id,
    h: new Binary(contentHashOf(event)),
    s: id,
    i: index,
  }));
}
