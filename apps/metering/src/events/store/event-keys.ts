import { Binary, MongoServerError, type ClientSession, type Collection, type Db } from 'mongodb';
import { insertAll } from '../../store/write-commands';
import { contentHashOf } from '../domain/event';
import type { NewSegment } from '../domain/segment';

/** An event's key, for ever: what makes the event count once, and where it lies. */
interface EventKeyDoc {
  /** The event's id: organisation and key. */
  _id: string;
  /** `contentHashOf` the event. */
  c: Binary;
  /** Its segment, and which of the segment's events it is. */
  s: string;
  i: number;
  /** Of a corrected event: the correction that decides, and where its earlier contents lie, oldest first. */
  by?: string;
  r?: Pick<EventKeyDoc, 'c' | 's' | 'i'>[];
}

/** Where a content of an event lies, and its hash. */
export interface KeyedContent {
  readonly hash: Uint8Array;
  readonly segmentId: string;
  readonly index: number;
}

/** What the ledger holds under a key. */
export interface EventKey extends KeyedContent {
  /** The contents that it had before it was amended, oldest first. */
  readonly earlier: readonly KeyedContent[];
  /** The id of the correction that decides what it is; undefined: none does. */
  readonly decidedBy: string | undefined;
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
  for await (const { _id, by, r, ...latest } of docs) {
    keys.set(_id, { ...contentOf(latest), earlier: (r ?? []).map(contentOf), decidedBy: by });
  }
  return keys;
}

/** A correction of an event: who decides now, and its contents since the one that the ledger holds, oldest first. */
export interface CorrectedKey {
  readonly id: string;
  readonly key: EventKey;
  readonly decidedBy: string;
  readonly contents: readonly KeyedContent[];
}

/** Notes that events were corrected. */
export async function correctKeys(
  db: Db,
  session: ClientSession,
  corrected: readonly CorrectedKey[],
): Promise<void> {
  if (corrected.length === 0) return;
  const updates = corrected.map(({ id, key, decidedBy: by, contents }) => {
    const latest = contents.at(-1);
    const update =
      latest === undefined
        ? { $set: { by } }
        : {
            $set: { by, ...fieldsOf(latest) },
            $push: { r: { $each: [key, ...contents.slice(0, -1)].map(fieldsOf) } },
          };
    return { updateOne: { filter: { _id: id }, update } };
  });
  await collection(db).bulkWrite(updates, { session, ordered: false });
}

/** Keys that were to be taken are not free in the session's snapshot. */
export class KeysTakenError extends Error {
  override readonly name = 'KeysTakenError';
}

const DUPLICATE_KEY = 11_000;

/** Takes the keys of new events. Throws KeysTakenError when one of them is not free in the session's snapshot. */
export async function insertKeys(
  db: Db,
  session: ClientSession,
  segments: readonly NewSegment[],
): Promise<void> {
  const docs = segments.flatMap(toDocs);
  try {
    await insertAll(db, session, collection(db), docs, bytesMaxOf);
  } catch (error) {
    const isTaken = error instanceof MongoServerError && error.code === DUPLICATE_KEY;
    throw isTaken ? new KeysTakenError('Keys of these events are taken.', { cause: error }) : error;
  }
}

/** A key is at most three bytes a character, and the rest has a fixed size. */
function bytesMaxOf({ _id }: EventKeyDoc): number {
  return _id.length * 3 + 128;
}

function contentOf({ c, s, i }: Pick<EventKeyDoc, 'c' | 's' | 'i'>): KeyedContent {
  return { hash: c.buffer, segmentId: s, index: i };
}

function fieldsOf({ hash, segmentId: s, index: i }: KeyedContent) {
  return { c: new Binary(hash), s, i };
}

function toDocs({ id, events }: NewSegment): EventKeyDoc[] {
  return events.map(({ event }, index) => ({
    _id: event.id,
    c: new Binary(contentHashOf(event)),
    s: id,
    i: index,
  }));
}
