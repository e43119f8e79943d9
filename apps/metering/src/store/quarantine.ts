import type { IndexSpec } from '@billingrails/mongo';
import { Binary, type ClientSession, type Collection, type Db } from 'mongodb';

const QUARANTINE = 'quarantine';

export const QUARANTINE_INDEXES: readonly IndexSpec[] = [
  { collection: QUARANTINE, key: { partition: 1, seq: 1 } },
];

/** A message of stream EVENTS that could not be taken as events. Kept whole, so that it can be replayed. */
export interface QuarantinedMessage {
  readonly partition: number;
  readonly seq: number;
  readonly data: Uint8Array;
  /** When the stream took it. */
  readonly streamTimeMs: number;
  /** What is wrong with it. */
  readonly problem: string;
}

interface QuarantineDoc {
  /** "<partition>/<seq>": a message is quarantined once. */
  _id: string;
  partition: number;
  seq: number;
  data: Binary;
  streamTime: Date;
  problem: string;
}

function collection(db: Db): Collection<QuarantineDoc> {
  return db.collection<QuarantineDoc>(QUARANTINE);
}

/** Keeps messages, in the transaction that moves the cursor past them. */
export async function quarantine(
  db: Db,
  session: ClientSession,
  messages: readonly QuarantinedMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  await collection(db).insertMany(messages.map(toDoc), { session });
}

/** All that is quarantined in a partition, in the order of the stream. */
export async function listQuarantined(db: Db, partition: number): Promise<QuarantinedMessage[]> {
  const docs = await collection(db).find({ partition }).sort({ seq: 1 }).toArray();
  return docs.map(fromDoc);
}

function toDoc({ data, streamTimeMs, ...message }: QuarantinedMessage): QuarantineDoc {
  return {
    _id: `${message.partition}/${message.seq}`,
    ...message,
    data: new Binary(data),
    streamTime: new Date(streamTimeMs),
  };
}

function fromDoc({ partition, seq, data, streamTime, problem }: QuarantineDoc): QuarantinedMessage {
  return { partition, seq, data: data.buffer, streamTimeMs: streamTime.getTime(), problem };
}
