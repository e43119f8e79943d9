import { Binary, Timestamp, type ClientSession, type Db } from 'mongodb';
import { assert } from '@billingrails/errors';

export const OUTBOX = 'outbox';

/** What is read in order, and counted without reading what it holds. */
export const OUTBOX_INDEXES = [{ collection: OUTBOX, key: { order: 1, count: 1 } }] as const;

/** Messages of a change that are one document: writing, reading and deleting it cost as much as of one message. */
const TOGETHER_MAX = 25;
const TOGETHER_BYTES_MAX = 256 * 1024;

/** What NATS takes in one message, less room for headers. */
export const OUTBOX_DATA_BYTES_MAX = 1_000_000;

/** A message to be published because of a change, and only if the change is committed. */
export interface OutboxMessage {
  /** Unique and derived from the change; receivers tell repetitions apart by it. */
  readonly id: string;
  readonly subject: string;
  /** At most 1,000,000 bytes. */
  readonly data: Uint8Array;
}

export interface OutboxDoc {
  /** The id of its first message. */
  _id: string;
  /** When it was added, by the cluster's own logical clock: what was committed before is less, on any replica. */
  order: Timestamp;
  /** How many messages it holds. */
  count: number;
  messages: MessageDoc[];
}

interface MessageDoc {
  id: string;
  subject: string;
  data: Binary;
}

/** As messages were written that were documents of their own. */
export interface OldOutboxDoc extends Omit<MessageDoc, 'id'> {
  _id: string;
  order: Timestamp;
}

/**
 * Writes messages beside the change they tell of, in the change's transaction. They are published, at least once and in
 * this order, after the commit, by whichever replica relays. Call the relay's `nudge()` after the commit to have them
 * sent at once.
 */
export async function addToOutbox(
  db: Db,
  session: ClientSession,
  ...messages: OutboxMessage[]
): Promise<void> {
  for (const { data } of messages)
    assert(data.byteLength <= OUTBOX_DATA_BYTES_MAX, 'an outbox message fits into a bus message');
  if (messages.length === 0) return;
  await db.collection<OutboxDoc>(OUTBOX).insertMany(togetherOf(messages).map(toDoc), { session });
}

/** The messages of an outbox document, in their order. */
export function outboxMessagesOf(doc: OutboxDoc | OldOutboxDoc): OutboxMessage[] {
  if (!('messages' in doc)) return [fromDoc({ ...doc, id: doc._id })];
  return doc.messages.map(fromDoc);
}

/** How many messages wait to be published. */
export async function countOutbox(db: Db): Promise<number> {
  // By the index alone: what waits may be long. A document from before is one message.
  const pipeline = [
    { $match: { order: { $gte: new Timestamp({ t: 0, i: 0 }) } } },
    { $group: { _id: null, count: { $sum: { $ifNull: ['$count', 1] } } } },
  ];
  const [all] = await db.collection(OUTBOX).aggregate<{ count: number }>(pipeline).toArray();
  return all?.count ?? 0;
}

function togetherOf(messages: readonly OutboxMessage[]): OutboxMessage[][] {
  const groups: OutboxMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const group = groups.at(-1);
    bytes += message.data.byteLength;
    if (group === undefined || group.length === TOGETHER_MAX || bytes > TOGETHER_BYTES_MAX) {
      groups.push([message]);
      bytes = message.data.byteLength;
    } else group.push(message);
  }
  return groups;
}

function toDoc(messages: readonly OutboxMessage[]): OutboxDoc {
  return {
    _id: messages[0]?.id ?? '',
    // The server replaces an empty timestamp with its own, each greater than the one before.
    order: new Timestamp({ t: 0, i: 0 }),
    count: messages.length,
    messages: messages.map(({ id, subject, data }) => ({ id, subject, data: new Binary(data) })),
  };
}

function fromDoc({ id, subject, data }: MessageDoc): OutboxMessage {
  return { id, subject, data: new Uint8Array(data.buffer) };
}
