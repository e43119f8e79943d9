import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import type { Compression } from '@connectrpc/connect/protocol';
import type { UnpackRoom } from './room';

/** Packed, a URL holds less than 64 KiB of it. */
const URL_BYTES_MAX = 256 * 1024;

/**
 * The packings that the runtime is told of. What it packs are answers. Bodies are unpacked before it sees them, so what
 * it unpacks itself are messages in the query of a GET, which are short.
 */
export function createPackings(room: UnpackRoom): Compression[] {
  return [compressionGzip, compressionBrotli].map((packing) => ({
    ...packing,
    async decompress(bytes, bytesMax) {
      const message = await packing.decompress(bytes, Math.min(bytesMax, URL_BYTES_MAX));
      const claim = room.open('');
      claim.take(message.byteLength);
      claim.close();
      return message;
    },
  }));
}
