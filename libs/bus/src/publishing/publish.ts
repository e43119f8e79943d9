import { headers, nuid, type MsgHdrs } from 'nats';
import { assert, invalid } from '@billingrails/errors';
import { readAcknowledgement, type Acknowledgement } from './acknowledgement';
import { whileConnected, type Bus } from '../connect';
import { createGate, type Gate } from './gate';

export interface OutgoingMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** See `publishOnce`. A batch with one that the stream holds, or with one twice, is refused as a whole. */
  readonly messageId?: string;
}

export interface PublishOptions {
  /** The longest it may take until it resolves or throws, waiting included. */
  readonly timeoutMs: number;
  /** Refuses the batch unless the stream's last sequence is this. */
  readonly expectedLastSeq?: number;
}

export const BATCH_MESSAGES_MAX = 1_000;

/**
 * Batches in flight at once from one process. The server takes 50 a stream from all publishers together and refuses
 * more; a few are enough to keep its disk busy, so this leaves room for other replicas.
 */
const BATCHES_IN_FLIGHT_MAX = 12;

/** Room for the headers of a message, below the server's limit on its size. */
const HEADER_BYTES = 512;

/**
 * Publishes 1 to 1,000 messages to one stream, all or nothing, and returns the sequence of each once they are
 * durable. They lie next to each other, in order. Never takes longer than `timeoutMs`, and fails at once while the
 * connection is lost.
 *
 * Throws DomainError exhausted when the stream is full or busy: nothing was stored. Throws DomainError unavailable
 * when the broker is lost or silent: all or nothing was stored, and which is unknown; publish the same again, under
 * keys that the reader counts once.
 */
export async function publishAtomic(
  bus: Bus,
  messages: readonly OutgoingMessage[],
  { timeoutMs, expectedLastSeq }: PublishOptions,
): Promise<number[]> {
  assert(messages.length >= 1, 'a batch has at least one message');
  assert(messages.length <= BATCH_MESSAGES_MAX, 'a batch has at most 1,000 messages');
  checkSizes(bus, messages);
  const deadlineMs = performance.now() + timeoutMs;
  const gate = gateOf(bus);
  // Not raced against the connection: a call in flight leaves when the connection is lost, so waiting ends as well.
  await gate.enter(timeoutMs);
  let acknowledgement: Acknowledgement;
  try {
    const remainingMs = Math.max(1, deadlineMs - performance.now());
    acknowledgement = await whileConnected(bus, () =>
      sendBatch(bus, messages, remainingMs, expectedLastSeq),
    );
  } finally {
    gate.leave();
  }
  const { seq, count } = acknowledgement;
  assert(count === messages.length, 'a committed batch holds all its messages');
  return messages.map((_, index) => seq - count + 1 + index);
}

/**
 * Writes the whole batch to the connection in one go, the last message as a request whose answer tells of all. If
 * any is lost on the way, the server finds the batch incomplete at its commit and drops it.
 */
async function sendBatch(
  { connection }: Bus,
  messages: readonly OutgoingMessage[],
  timeout: number,
  expectedLastSeq: number | undefined,
): Promise<Acknowledgement> {
  const batchId = nuid.next();
  const last = messages.length - 1;
  const headersOf = (index: number): MsgHdrs => {
    const batch = headers();
    const messageId = messages[index]?.messageId;
    if (messageId !== undefined) batch.set('Nats-Msg-Id', messageId);
    if (index === 0 && expectedLastSeq !== undefined) {
      batch.set('Nats-Expected-Last-Sequence', String(expectedLastSeq));
    }
    if (last === 0) return batch;
    batch.set('Nats-Batch-Id', batchId);
    batch.set('Nats-Batch-Sequence', String(index + 1));
    if (index === last) batch.set('Nats-Batch-Commit', '1');
    return batch;
  };
  for (const [index, { subject, data }] of messages.slice(0, last).entries()) {
    connection.publish(subject, data, { headers: headersOf(index) });
  }
  const commit = messages[last];
  assert(commit !== undefined, 'a batch has a last message');
  const options = { headers: headersOf(last), timeout };
  return readAcknowledgement(await connection.request(commit.subject, commit.data, options));
}

/** Before anything is sent: a message refused by the client in the middle would leave the rest of the batch behind. */
function checkSizes(bus: Bus, messages: readonly OutgoingMessage[]): void {
  const bytesMax = (bus.connection.info?.max_payload ?? 1024 * 1024) - HEADER_BYTES;
  for (const { subject, data } of messages) {
    if (data.byteLength <= bytesMax) continue;
    throw invalid(
      'EVENT_TOO_LARGE',
      `A message on ${subject} has ${data.byteLength} bytes; at most ${bytesMax} fit.`,
    );
  }
}

const gates = new WeakMap<Bus, Gate>();

function gateOf(bus: Bus): Gate {
  const known = gates.get(bus);
  if (known !== undefined) return known;
  const gate = createGate(BATCHES_IN_FLIGHT_MAX);
  gates.set(bus, gate);
  return gate;
}
