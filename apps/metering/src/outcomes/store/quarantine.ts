import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { Binary, type ClientSession, type Collection, type Db } from 'mongodb';
import { READING } from '../../store/reading';
import type { QuarantinedMessage } from '../domain/quarantined-message';
import { addEventCounts, type CountedEvents } from './event-counts';
import { shownEvents, type ShownEvents } from './quarantine-owners';

const QUARANTINE = 'quarantine';

/** Messages are listed by whose they are, in the order of the stream. */
export const QUARANTINE_INDEXES: readonly IndexSpec[] = [
  { collection: QUARANTINE, key: { owners: 1, seq: 1 } },
];

/** A message as it is kept. */
export interface KeptMessage extends Omit<QuarantinedMessage, 'data'> {
  readonly id: string;
  readonly byteCount: number;
  /** When it was replayed and understood; undefined: it never was. */
  readonly replayTimeMs: number | undefined;
}

interface QuarantineDoc {
  /** `quarantineIdOf`: a message is quarantined once. */
  _id: string;
  partition: number;
  seq: number;
  data: Binary;
  byteCount: number;
  streamTime: Date;
  problem: string;
  replayTime: Date | null;
  /** Whose events it shows, or the empty text where it shows none. */
  owners: (OrganisationId | '')[];
  /** The events that were counted as quarantined: whose, when received, how many. */
  shown: { o: OrganisationId; t: Date; n: number }[];
}

/** Who may see a message: one of its owners, or, of a message that shows none, the operator's organisation. */
export interface QuarantineViewer {
  readonly organisationId: OrganisationId;
  readonly isOperator: boolean;
}

/** Which messages to list. */
export interface QuarantineListing extends QuarantineViewer {
  readonly includeReplayed: boolean;
  /** The sequence of the last of the page before; 0 for the first page. */
  readonly afterSeq: number;
  /** Only these; undefined for all. */
  readonly ids?: readonly string[];
}

function collection(db: Db): Collection<QuarantineDoc> {
  return db.collection<QuarantineDoc>(QUARANTINE);
}

/** "<partition>/<seq>". */
function quarantineIdOf({ partition, seq }: Pick<QuarantinedMessage, 'partition' | 'seq'>) {
  return `${partition}/${seq}`;
}

/**
 * Keeps messages of a partition, and counts the events they show, in the transaction that moves the cursor past them.
 */
export async function quarantine(
  db: Db,
  session: ClientSession,
  messages: readonly QuarantinedMessage[],
): Promise<void> {
  const [first] = messages;
  if (first === undefined) return;
  const docs = messages.map(toDoc);
  await collection(db).insertMany(docs, { session });
  const counted = docs.flatMap(({ shown }) => countsOf(shown, 1));
  await addEventCounts(db, session, first.partition, counted);
}

/** The first `limit` messages of a listing, in the order of the stream, without their data. */
export async function listQuarantined(
  db: Db,
  { organisationId, isOperator, includeReplayed, afterSeq, ids }: QuarantineListing,
  limit: number,
): Promise<KeptMessage[]> {
  const docs = collection(db)
    .find(
      {
        owners: { $in: isOperator ? [organisationId, ''] : [organisationId] },
        seq: { $gt: afterSeq },
        ...(includeReplayed ? {} : { replayTime: null }),
        ...(ids === undefined ? {} : { _id: { $in: [...ids] } }),
      },
      { ...READING, projection: { data: 0 } },
    )
    .sort({ seq: 1 })
    .limit(limit);
  return docs.map(fromDoc).toArray();
}

/** The data of a message that is kept; empty when there is none. */
export async function readQuarantined(db: Db, id: string): Promise<Uint8Array> {
  const doc = await collection(db).findOne({ _id: id }, { projection: { data: 1 } });
  return doc?.data.buffer ?? new Uint8Array();
}

/** Notes that a message was replayed and understood, and counts its events no longer as quarantined. Once. */
export async function markReplayed(
  db: Db,
  session: ClientSession,
  id: string,
  replayTimeMs: number,
): Promise<void> {
  const marked = await collection(db).findOneAndUpdate(
    { _id: id, replayTime: null },
    { $set: { replayTime: new Date(replayTimeMs) } },
    { session, projection: { shown: 1 } },
  );
  if (marked !== null) await addEventCounts(db, session, 'replays', countsOf(marked.shown, -1));
}

function countsOf(shown: QuarantineDoc['shown'], sign: 1 | -1): CountedEvents[] {
  return shown.map(({ o, t, n }) => ({
    organisationId: o,
    receiveTimeMs: t.getTime(),
    state: 'quarantined',
    count: sign * n,
  }));
}

function toDoc({ data, streamTimeMs, ...message }: QuarantinedMessage): QuarantineDoc {
  const { owners, events } = shownEvents(data, streamTimeMs);
  return {
    _id: quarantineIdOf(message),
    ...message,
    data: new Binary(data),
    byteCount: data.length,
    streamTime: new Date(streamTimeMs),
    replayTime: null,
    owners: owners.length > 0 ? [...owners] : [''],
    shown: events.map(toShown),
  };
}

function toShown({ organisationId, receiveTimeMs, count }: ShownEvents) {
  return { o: organisationId, t: new Date(receiveTimeMs), n: count };
}

function fromDoc(doc: Omit<QuarantineDoc, 'data'>): KeptMessage {
  const { _id: id, partition, seq, byteCount, streamTime, problem, replayTime } = doc;
  return {
    ...{ id, partition, seq, byteCount, problem },
    streamTimeMs: streamTime.getTime(),
    replayTimeMs: replayTime?.getTime(),
  };
}
