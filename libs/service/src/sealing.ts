import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { assert } from '@billingrails/errors';

/** Seals what must not lie readable in a database. */
export interface Sealing {
  /** `place` is where it lies: what is moved elsewhere cannot be opened there. */
  seal(text: string, place: string): Uint8Array;
  /** Throws for what was sealed for another place, by a key that is no longer given, or was changed since. */
  open(sealed: Uint8Array, place: string): string;
}

const CIPHER = 'aes-256-gcm';
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with keys of 32 bytes, as `sealingKeys` of the configuration reads them. What is sealed is the id of its
 * key, a nonce, the tag and the text: the first of `keys` seals and all of them open, so that a new key is put before
 * the old one, which may go once everything was sealed anew.
 */
export function createSealing(keys: readonly Uint8Array[]): Sealing {
  const byId = new Map(keys.map((key) => [idOf(key).toString('hex'), key]));
  const [first] = keys;
  assert(first !== undefined, 'there is a key to seal with');
  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, first, nonce).setAAD(Buffer.from(place, 'utf8'));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([idOf(first), nonce, cipher.getAuthTag(), sealed]);
    },
    open(sealed, place) {
      const take = cutter(Buffer.from(sealed));
      const keyId = take(KEY_ID_BYTES).toString('hex');
      const key = byId.get(keyId);
      if (key === undefined)
        throw new Error(
          `What is sealed with key ${keyId} cannot be opened: SECRETS_KEYS lacks it.`,
        );
      const decipher = createDecipheriv(CIPHER, key, take(NONCE_BYTES));
      decipher.setAAD(Buffer.from(place, 'utf8')).setAuthTag(take(TAG_BYTES));
      return Buffer.concat([decipher.update(take(sealed.length)), decipher.final()]).toString(
        'utf8',
      );
    },
  };
}

/** Tells keys apart, and nothing of them. */
function idOf(key: Uint8Array): Buffer {
  return createHash('sha256').update('secret box').update(key).digest().subarray(0, KEY_ID_BYTES);
}

function cutter(bytes: Buffer): (count: number) => Buffer {
  let at = 0;
  return (count) => bytes.subarray(at, (at += count));
}
