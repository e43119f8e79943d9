import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { Code, ConnectError } from '@connectrpc/connect';
import { invalid } from '@billingrails/errors';
import type { Claim } from './room';

export type Packing = 'gzip' | 'br';

/** The packings that can be undone here. */
export function isPacking(name: string | null): name is Packing {
  return name === 'gzip' || name === 'br';
}

/**
 * The same bytes unpacked, piece by piece off the thread: each piece takes its room before the next is unpacked, and no
 * more than `bytesMax` are. Throws DomainError invalid when they are damaged.
 */
export async function* unpacked(
  packed: AsyncIterable<Uint8Array>,
  packing: Packing,
  bytesMax: number,
  claim: Claim,
): AsyncGenerator<Uint8Array> {
  let isEmpty = true;
  const counted = async function* () {
    for await (const piece of packed) {
      if (piece.byteLength > 0) isEmpty = false;
      yield piece;
    }
  };
  const source = Readable.from(counted(), { objectMode: false });
  const unpacking = packing === 'gzip' ? createGunzip() : createBrotliDecompress();
  // Its end is seen by whoever reads; without a listener it would be thrown.
  pipeline(source, unpacking, () => undefined);
  let bytes = 0;
  try {
    for await (const piece of unpacking as AsyncIterable<Uint8Array>) {
      bytes += piece.byteLength;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      claim.take(piece.byteLength);
      yield piece;
    }
  } catch (error) {
    // Nothing, packed, is nothing to some clients.
    if (isEmpty && isDamage(error)) return;
    throw isDamage(error) ? damaged(packing) : error;
  } finally {
    unpacking.destroy();
    source.destroy();
  }
}

/**
 * What zlib says of bytes that it did not make: Z_DATA_ERROR, Z_BUF_ERROR; of brotli ERR__ERROR_FORMAT_…, ERR_PADDING_…
 */
function isDamage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return /^(?:Z_|ERR__ERROR_|ERR_PADDING_)/.test(String(error.code));
}

function damaged(packing: Packing) {
  const message = `The request cannot be read: its compressed body is damaged, or not ${packing}.`;
  return invalid('REQUEST_MALFORMED', message);
}

/** In the words of the runtime. */
export function tooLarge(bytesMax: number): ConnectError {
  return new ConnectError(
    `message is larger than ${bytesMax} bytes after decompression`,
    Code.ResourceExhausted,
  );
}
