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
  const hash = createHash('sha256');
  for (const part of [prefix, ...parts]) {
    // UTF-8 writes every lone surrogate alike, which would let two parts give one id.
    assert(!/\p{Surrogate}/u.test(part), 'the parts of an id are well-formed Unicode');
    const bytes = Buffer.from(part, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return `${prefix}_${base32(hash.digest().subarray(0, 16))}`;
}

/** 128 bits as 26 characters, the two bits too many being zero in front. */
function base32(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let i = 0; i < 26; i += 1) {
    text = ALPHABET.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return text;
}
