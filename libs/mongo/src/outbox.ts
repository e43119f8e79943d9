import { Binary, Timestamp, type ClientSession, type Db } from 'mongodb';
import { assert } from '@billingrails/errors';

export const OUTBOX = 'outbox';

export const OUTBOX_INDEXES = [{ collection: OUTBOX, key: { order: 1 } }] as const;

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
  _id: string;
  /** When it was added, by the cluster's own logical clock: what was committed before is less, on any replica. */
  order: Timestamp;
  subject: string;
  data: Binary;
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
  await db.collection<OutboxDoc>(OUTBOX).insertMany(
    // The server replaces an empty timestamp with its own, each greater than the one before.
    messages.map(({ id, subject, data }) => {
      return { _id: id, order: new Timestamp({ t: 0, i: 0 }), subject, data: new Binary(data) };
    }),
    { session },
  );
}
