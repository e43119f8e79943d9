import { headers } from 'nats';
import { readAcknowledgement } from './acknowledgement';
import { whileConnected, type Bus } from './connect';

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
