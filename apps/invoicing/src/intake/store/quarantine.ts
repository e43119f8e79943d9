import { createHash } from 'node:crypto';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { Binary, type Db } from 'mongodb';

/** A message that could not be handled, whole, with the reason. */
export interface QuarantinedMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** For programs, UPPER_SNAKE_CASE. */
  readonly reason: string;
  /** For people: everything that was found. */
  readonly explanation: string;
  /** When it was first put here, by the server's clock. */
  readonly quarantineMs: number;
}

interface QuarantineDoc {
  /** SHA-256 of subject and data: a message that comes again, also from a stream made anew, is quarantined once. */
  _id: string;
  subject: string;
  data: Binary;
  reason: string;
  explanation: string;
  quarantineTime: Date;
}

/** The collection `quarantine`: what waits for a person, or for a version of this service that can handle it. */
export interface QuarantineStore {
  /** Doing it again keeps the first. */
  add(message: QuarantinedMessage): Promise<void>;
  /** How many there are. */
  count(): Promise<number>;
  all(): AsyncIterable<QuarantinedMessage>;
  remove(message: QuarantinedMessage): Promise<void>;
}

const QUARANTINE = 'quarantine';

/** Found by its `_id` only. */
export const QUARANTINE_INDEXES = [
  { collection: QUARANTINE },
] as const satisfies readonly IndexSpec[];

/** Opens the quarantine. */
export function quarantineStore(db: Db): QuarantineStore {
  const collection = db.collection<QuarantineDoc>(QUARANTINE);
  return {
    async add(message) {
      const { _id, ...content } = toDoc(message);
      await collection.updateOne({ _id }, { $setOnInsert: content }, { upsert: true });
    },
    count: () => collection.estimatedDocumentCount(),
    async *all() {
      for await (const doc of collection.find().sort({ _id: 1 })) yield fromDoc(doc);
    },
    async remove(message) {
      await collection.deleteOne({ _id: idOf(message) });
    },
  };
}

function idOf({ subject, data }: QuarantinedMessage): string {
  return createHash('sha256').update(subject).update('\0').update(data).digest('hex');
}

function toDoc(message: QuarantinedMessage): QuarantineDoc {
  const { quarantineMs, data, ...rest } = message;
  const quarantineTime = dateOf(quarantineMs);
  return { _id: idOf(message), ...rest, data: new Binary(data), quarantineTime };
}

function fromDoc({ _id, data, quarantineTime, ...message }: QuarantineDoc): QuarantinedMessage {
  return { ...message, data: data.buffer, quarantineMs: msOf(quarantineTime) };
}
