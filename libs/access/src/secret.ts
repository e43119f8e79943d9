import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ApiKeyId } from '@billingrails/ids';

/** Which of an organisation's spaces of data a key opens. */
export type Environment = 'live' | 'test';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 43 digits of base 62 hold 256 bits. */
const SECRET_LENGTH = 43;
/** As many digits of base 62 as 32 bits need. */
const CHECKSUM_LENGTH = 6;

/** br_<environment>_<id>_<secret><checksum>; docs/access.md has it for scanners. */
const FORM = /^br_(?:live|test)_[0-9a-z]{26}_[0-9A-Za-z]{49}$/;
/** Keys from before there were environments: "br_" and 32 random bytes in base64url. */
const OLD_FORM = /^br_[\w-]{43}$/;

/**
 * A new secret: `br_<live|test>_<id>_<secret><checksum>`, of which the secret is 256 random bits, and the checksum the
 * CRC-32 of all before it. Both are in base 62, so that a double click selects the whole.
 */
export function newSecret(environment: Environment, keyId: ApiKeyId): string {
  const id = keyId.slice('key_'.length);
  const digits = Array.from({ length: SECRET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  const text = `br_${environment}_${id}_${digits.join('')}`;
  return text + checksumOf(text);
}

/** Whether it can be a key: a mistyped or cut one is told by its checksum, without knowing any. */
export function isWellFormed(secret: string): boolean {
  if (!FORM.test(secret)) return OLD_FORM.test(secret);
  const end = secret.length - CHECKSUM_LENGTH;
  return secret.slice(end) === checksumOf(secret.slice(0, end));
}

/**
 * What a secret is stored and looked up under: its SHA-256 in hex. A slow password hash would add nothing, since 256
 * random bits cannot be guessed; for the same reason a look-up by hash needs no constant-time comparison.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Most significant digit first, with zeros before it. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = (ALPHABET[rest % ALPHABET.length] ?? '') + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
