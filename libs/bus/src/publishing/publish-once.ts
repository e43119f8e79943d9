import { headers } from 'nats';
import { readAcknowledgement } from './acknowledgement';
import { isDuplicateInBatch } from '../api-errors';
import { whileConnected, type Bus } from '../connect';
import { publishAtomic } from './publish';

export interface IdentifiedMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** The same for every repetition; the stream drops those that come within its duplicate window. */
  readonly messageId: string;
}

const TIMEOUT_MS = 5_000;

/**
 * Publishes a message and resolves once it is durable, or was before. For outboxes: a repetition after the stream's
 * duplicate window (two minutes) is stored again, so that receivers look at the message's id too. Throws DomainError
 * exhausted or unavailable as `publishAtomic` does.
 */
export async function publishOnce(
  bus: Bus,
  { subject, data, messageId }: IdentifiedMessage,
): Promise<void> {
  const identified = headers();
  identified.set('Nats-Msg-Id', messageId);
  await whileConnected(bus, async () => {
    const options = { headers: identified, timeout: TIMEOUT_MS };
    readAcknowledgement(await bus.connection.request(subject, data, options));
  });
}

/**
 * Does the same for 1 to 1,000 messages, those of each stream in their order, as one batch where it can: all or
 * nothing. Where some of them are durable already, the others are added one after another.
 */
export async function publishAllOnce(
  bus: Bus,
  messages: readonly IdentifiedMessage[],
): Promise<void> {
  for (const ofStream of byStream(messages)) await publishTogether(bus, ofStream);
}

/** Publishes what an outbox holds, each by its id: for `startOutboxRelay`. */
export function publishOutbox(
  bus: Bus,
  messages: readonly (Omit<IdentifiedMessage, 'messageId'> & { readonly id: string })[],
): Promise<void> {
  const identified = messages.map(({ id: messageId, subject, data }) => {
    return { messageId, subject, data };
  });
  return publishAllOnce(bus, identified);
}

/** Subjects of a stream begin with one word, its own: see `streams.ts`. */
function byStream(messages: readonly IdentifiedMessage[]): IdentifiedMessage[][] {
  const streams = new Map<string, IdentifiedMessage[]>();
  for (const message of messages) {
    const [word = ''] = message.subject.split('.', 1);
    const others = streams.get(word);
    if (others === undefined) streams.set(word, [message]);
    else others.push(message);
  }
  return [...streams.values()];
}

async function publishTogether(bus: Bus, messages: readonly IdentifiedMessage[]): Promise<void> {
  try {
    if (messages.length > 1) return void (await publishAtomic(bus, messages, OPTIONS));
  } catch (error) {
    if (!isDuplicateInBatch(error)) throw error;
  }
  for (const message of messages) await publishOnce(bus, message);
}

const OPTIONS = { timeoutMs: TIMEOUT_MS };
