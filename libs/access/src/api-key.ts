import { z } from 'zod';
import { parseId, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import { SCOPE_WORDS, type KeyKind, type ScopeWord } from './scopes';
import type { RateLimits } from './limits';
import type { Environment } from './secret';

/** A key as services follow it: everything but the secret, of which only the hash is kept, as the record's name. */
export interface KeyRecord {
  readonly keyId: ApiKeyId;
  readonly kind: KeyKind;
  /** Whose data it opens. Unset for a service key. */
  readonly organisationId?: OrganisationId | undefined;
  /** Of the organisation whose environment that is. Unset: organisationId itself. */
  readonly ownerId?: OrganisationId | undefined;
  /** For people. */
  readonly name: string;
  readonly createTimeMs: number;
  /** What it was made for, without what that includes. Unset: all of its kind. */
  readonly scopes?: readonly ScopeWord[] | undefined;
  /** Unset: live. */
  readonly environment?: Environment | undefined;
  /** From then on this secret is refused. */
  readonly expireTimeMs?: number | undefined;
  /** Since then the key is refused. Its record stays, so that its bearer is told why. */
  readonly revokeTimeMs?: number | undefined;
  /** So much a second. Unset: without limits of its own. */
  readonly limits?: RateLimits | undefined;
  /** The same of all keys of its organisation together. */
  readonly organisationLimits?: RateLimits | undefined;
  /** Grows with every change: of two records of a secret the higher holds. Unset: 0. */
  readonly revision?: number | undefined;
}

const rate = z.number().positive().optional();
const limits = z.object({ calls: rate, bytes: rate, events: rate }).optional();

const common = {
  keyId: idOf<ApiKeyId>('key'),
  name: z.string(),
  createTimeMs: z.number(),
  scopes: z.array(z.enum(SCOPE_WORDS)).optional(),
  environment: z.enum(['live', 'test']).optional(),
  expireTimeMs: z.number().optional(),
  revokeTimeMs: z.number().optional(),
  limits,
  organisationLimits: limits,
  revision: z.number().optional(),
};

const recordShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('organisation'),
    organisationId: idOf<OrganisationId>('org'),
    ownerId: idOf<OrganisationId>('org').optional(),
    ...common,
  }),
  z.object({ kind: z.literal('service'), ...common }),
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
