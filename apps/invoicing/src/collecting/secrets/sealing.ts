import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { assert } from '@billingrails/errors';

/** A text that only who has the key can read. */
export interface Sealed {
  /** Which key it was sealed with; tells nothing about it. */
  readonly keyId: string;
  readonly nonce: Uint8Array;
  readonly text: Uint8Array;
  readonly tag: Uint8Array;
}

/** Seals what must not lie readable in the database. */
export interface Sealing {
  /** `place` is where it lies: what is moved elsewhere cannot be opened there. */
  seal(text: string, place: string): Sealed;
  /** Throws when it was sealed with another key, for another place, or changed since. */
  open(sealed: Sealed, place: string): string;
}

const CIPHER = 'aes-256-gcm';
export const SEALING_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const KEY_ID_LENGTH = 12;

/** AES-256-GCM. The first key seals; all of them open, so that keys can be changed one after the other. */
export function sealing(keys: readonly Uint8Array[]): Sealing {
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  const [current] = byId;
  assert(current !== undefined, 'there is a key to seal with');
  return {
    seal(text, place) {
      const [keyId, key] = current;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      cipher.setAAD(Buffer.from(place, 'utf8'));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return { keyId, nonce, text: sealed, tag: cipher.getAuthTag() };
    },
    open({ keyId, nonce, text, tag }, place) {
      const key = byId.get(keyId);
      if (key === undefined) throw new Error(`What is sealed with key ${keyId} cannot be opened.`);
      const decipher = createDecipheriv(CIPHER, key, nonce);
      decipher.setAAD(Buffer.from(place, 'utf8'));
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    },
  };
}

function keyIdOf(key: Uint8Array): string {
  assert(key.length === SEALING_KEY_BYTES, 'a key has 32 bytes');
  return createHash('sha256').update(key).digest('hex').slice(0, KEY_ID_LENGTH);
}
