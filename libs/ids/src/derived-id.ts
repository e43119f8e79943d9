import { hash } from 'node:crypto';
import { assert } from '@billingrails/errors';
import { encodeTime } from 'ulid';
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
  const sizeMax = texts.reduce((sum, text) => sum + LENGTH_BYTES + UTF8_MAX * text.length, 0);
  // All of it is written before it is read, and nobody else runs in between.
  const bytes = sizeMax <= SCRATCH.length ? SCRATCH : Buffer.alloc(sizeMax);
  let at = 0;
  for (const part of texts) {
    // UTF-8 writes every lone surrogate alike, which would let two parts give one id.
    assert(!/\p{Surrogate}/u.test(part), 'the parts of an id are well-formed Unicode');
    const written = bytes.write(part, at + LENGTH_BYTES, 'utf8');
    bytes.writeUInt32BE(written, at);
    at += LENGTH_BYTES + written;
  }
  const digest = hash('sha256', bytes.subarray(0, at), 'buffer');
  return `${prefix}_${base32(digest.subarray(0, 16))}`;
}

/**
 * The same for what is listed by age: sorted by its milliseconds since 1970, as the ids that an `IdSource` makes are;
 * behind them 80 bits of the hash.
 */
export function derivedIdAt<Prefix extends string>(
  prefix: Prefix,
  ms: number,
  ...parts: readonly string[]
): Id<Prefix> {
  const body = derivedId(prefix, ...parts).slice(-HASH_LENGTH);
  return `${prefix}_${encodeTime(ms, TIME_LENGTH).toLowerCase()}${body}`;
}

const TIME_LENGTH = 10;
const HASH_LENGTH = 16;

/** Bytes that one UTF-16 unit takes at most. */
const UTF8_MAX = 3;
const SCRATCH = Buffer.alloc(1024);

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
