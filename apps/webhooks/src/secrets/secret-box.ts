import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { assert } from '@billingrails/errors';

/** Seals secrets with the service's key, so that whoever reads the database reads none. */
export interface SecretBox {
  /** A new secret of 256 random bits, as "whsec_…". */
  make(): string;
  /** `owner` is sealed with it: for another the text cannot be opened. */
  seal(secret: string, owner: string): Uint8Array;
  /** Throws for what was sealed for another owner, or by a key that is no longer given. */
  open(sealed: Uint8Array, owner: string): string;
}

const CIPHER = 'aes-256-gcm';
const SECRET_BYTES = 32;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM. What is sealed begins with the id of its key, so that the first of `keys` seals and all of them open: a
 * new key is put before the old one, which may go once every secret was rotated.
 */
export function createSecretBox(keys: readonly Buffer[]): SecretBox {
  const byId = new Map(keys.map((key) => [idOf(key).toString('hex'), key]));
  const [first] = keys;
  assert(first !== undefined, 'there is a key');
  return {
    make: () => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`,
    seal(secret, owner) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, first, nonce).setAAD(Buffer.from(owner));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([idOf(first), nonce, cipher.getAuthTag(), text]);
    },
    open(sealed, owner) {
      const bytes = Buffer.from(sealed);
      const take = cutter(bytes);
      const key = byId.get(take(KEY_ID_BYTES).toString('hex'));
      assert(key !== undefined, 'the key that a secret was sealed with is in SECRETS_KEYS');
      const decipher = createDecipheriv(CIPHER, key, take(NONCE_BYTES));
      decipher.setAAD(Buffer.from(owner)).setAuthTag(take(TAG_BYTES));
      const text = take(bytes.length);
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    },
  };
}

/** Tells keys apart, and nothing of them. */
function idOf(key: Buffer): Buffer {
  return createHash('sha256').update('secret box').update(key).digest().subarray(0, KEY_ID_BYTES);
}

function cutter(bytes: Buffer): (count: number) => Buffer {
  let at = 0;
  return (count) => bytes.subarray(at, (at += count));
}
