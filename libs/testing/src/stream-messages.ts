import type { JetStreamManager } from 'nats';

/** What a stream holds, in order. Not of one that changes meanwhile. */
export async function streamMessages(
  manager: JetStreamManager,
  stream: string,
): Promise<{ readonly subject: string; readonly id: string; readonly data: Uint8Array }[]> {
  const { state } = await manager.streams.info(stream);
  const { first_seq: firstSeq, messages: count } = state;
  const sequences = Array.from({ length: count }, (_, index) => firstSeq + index);
  return Promise.all(
    sequences.map(async (seq) => {
      const { subject, header, data } = await manager.streams.getMessage(stream, { seq });
      return { subject, id: header.get('Nats-Msg-Id'), data };
    }),
  );
}
