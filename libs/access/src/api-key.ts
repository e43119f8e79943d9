import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { parseId, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import { SCOPE_WORDS, type KeyKind, type ScopeWord } from './scopes';

/** A key as it is stored: everything but the secret, of which only the hash is kept, as the record's name. */
export interface KeyRecord {
  readonly keyId: ApiKeyId;
  readonly kind: KeyKind;
  /** Unset for a service key. */
  readonly organisationId?: OrganisationId;
  /** For people. */
  readonly name: string;
  readonly createTimeMs: number;
  /** What it was made for, without what that includes. Unset: all of its kind. */
  readonly scopes?: readonly ScopeWord[] | undefined;
}

const SECRET_PREFIX = 'br_';
const SECRET_BYTES = 32;

/** A new secret: "br_" and 43 base64url characters, 256 random bits. */
export function newSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

/**
 * What a secret is stored and looked up under: its SHA-256 in hex. A slow password hash would add nothing, since 256
 * random bits cannot be guessed; for the same reason a look-up by hash needs no constant-time comparison.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

const recordShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('organisation'),
    keyId: idOf<ApiKeyId>('key'),
    organisationId: idOf<OrganisationId>('org'),
    name: z.string(),
    createTimeMs: z.number(),
    scopes: z.array(z.enum(SCOPE_WORDS)).optional(),
  }),
  z.object({
    kind: z.literal('service'),
    keyId: idOf<ApiKeyId>('key'),
    name: z.string(),
    createTimeMs: z.number(),
    scopes: z.array(z.enum(SCOPE_WORDS)).optional(),
  }),
]);

/** A stored record as bytes. */
export function encodeRecord(record: KeyRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** Undefined when the bytes are no key record. */
export function decodeRecord(bytes: Uint8Array): KeyRecord | undefined {
  try {
    return recordShape.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

function idOf<T extends string>(prefix: string) {
  return z.custom<T>((text) => typeof text === 'string' && parseId(prefix, text) !== undefined);
}
