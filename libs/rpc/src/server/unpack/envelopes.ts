import { createAsyncIterable } from '@connectrpc/connect/protocol';
import { tooLarge, unpacked, type Packing } from './unpack';
import type { Claim } from './room';

const HEAD_BYTES = 5;
const PACKED_FLAG = 0b1;

/**
 * The frames of gRPC, gRPC-Web and Connect's streams with their messages unpacked: a flag byte, four bytes of length,
 * the message. A frame that is not packed passes as it is; one that is cut short is left for the runtime to refuse.
 */
export async function* unpackedEnvelopes(
  body: AsyncIterable<Uint8Array>,
  packing: Packing,
  bytesMax: number,
  claim: Claim,
): AsyncGenerator<Uint8Array> {
  const reader = new FrameReader(body);
  try {
    for (;;) {
      const head = await reader.read(HEAD_BYTES);
      if (head.byteLength < HEAD_BYTES) {
        if (head.byteLength > 0) yield head;
        return;
      }
      const length = head.readUInt32BE(1);
      if (length > bytesMax) throw tooLarge(bytesMax);
      const data = await reader.read(length);
      const isPacked = (head.readUInt8(0) & PACKED_FLAG) !== 0;
      const isWhole = data.byteLength === length;
      if (!isPacked || length === 0 || !isWhole) yield Buffer.concat([head, data]);
      else yield await unpackedEnvelope(head, data, packing, bytesMax, claim);
    }
  } finally {
    reader.close();
  }
}

async function unpackedEnvelope(
  head: Buffer,
  data: Buffer,
  packing: Packing,
  bytesMax: number,
  claim: Claim,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of unpacked(createAsyncIterable([data]), packing, bytesMax, claim)) {
    pieces.push(piece);
  }
  const message = Buffer.concat(pieces);
  const plain = Buffer.from(head);
  plain.writeUInt8(head.readUInt8(0) & ~PACKED_FLAG, 0);
  plain.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([plain, message]);
}

/** Reads as many bytes as are asked for, whatever pieces they come in. */
class FrameReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest = Buffer.alloc(0);

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#iterator = body[Symbol.asyncIterator]();
  }

  /** Fewer than `count` only at the end. */
  async read(count: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [this.#rest];
    let bytes = this.#rest.byteLength;
    while (bytes < count) {
      const next = await this.#iterator.next();
      if (next.done) break;
      pieces.push(next.value);
      bytes += next.value.byteLength;
    }
    const all = Buffer.concat(pieces);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }

  /** Nothing more is read. */
  close(): void {
    void Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }
}
