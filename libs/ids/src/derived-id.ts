import { createHash } from 'node:crypto';
import { assert } from '@billingrails/errors';
import type { Id } from './id';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * The id of what follows from its parts: the same parts always give the same id, so making it twice makes one.
 * SHA-256 over the prefix and the parts, each with its length before it, so that no two lists of parts read alike;
 * cut to 128 bits. The parts must be well-formed Unicode.
 */
export function derivedId<Prefix extends string>(
  prefix: Prefix,
  ...parts: readonly string[]
): Id<Prefix> {
  const texts: readonly string[] = [prefix, ...parts];
  const size = texts.reduce((sum, text) => sum + LENGTH_BYTES + Buffer.byteLength(text), 0);
  const bytes = Buffer.alloc(size);
  let at = 0;
  for (const part of texts) {
    // UTF-8 writes every lone surrogate alike, which would let two parts give one id.
    assert(!/\p{Surrogate}/u.test(part), 'the parts of an id are well-formed Unicode');
    const written = bytes.write(part, at + LENGTH_BYTES, 'utf8');
    bytes.writeUInt32BE(written, at);
    at += LENGTH_BYTES + written;
  }
  const hash = createHash('sha256').update(bytes).digest();
  return `${prefix}_${base32(hash.subarray(0, 16))}`;
}

/** How long each part is stands before it. */
const LENGTH_BYTES = 4;

/** 128 bits as 26 characters, the two bits too many being zero in front. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 2;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5;) {
      bits -= 5;
      text += ALPHABET.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
