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
 * Writes a message beside the change it tells of, in the change's transaction. It is published, at least once, after
 * the commit, by whichever replica relays. Call the relay's `nudge()` after the commit to have it sent at once.
 */
export async function addToOutbox(
  db: Db,
  session: ClientSession,
  { id, subject, data }: OutboxMessage,
): Promise<void> {
  assert(data.byteLength <= OUTBOX_DATA_BYTES_MAX, 'an outbox message fits into a bus message');
  await db.collection<OutboxDoc>(OUTBOX).insertOne(
    // The server replaces an empty timestamp with its own.
    { _id: id, order: new Timestamp({ t: 0, i: 0 }), subject, data: new Binary(data) },
    { session },
  );
}
