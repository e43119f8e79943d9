/** Before each message of a stream: a byte of flags, and four of its length. */
export const HEAD_BYTES = 5;
export const END_STREAM = 0b10;

/** A message of a stream of Connect: a byte of flags, four of its length, and itself. */
export function envelope(json: string): Buffer {
  const body = Buffer.from(json);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Takes a stream of Connect apart; the last message says how it ended. */
export async function* envelopesIn(
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<{ isEnd: boolean; json: Record<string, unknown> }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + rest.readUInt32BE(1);
      if (rest.length < end) break;
      const json = JSON.parse(rest.toString('utf8', HEAD_BYTES, end)) as Record<string, unknown>;
      yield { isEnd: (rest.readUInt8(0) & END_STREAM) !== 0, json };
      rest = rest.subarray(end);
    }
  }
}
