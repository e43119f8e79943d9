import type { ApiKeyId, OrganisationId } from '@billingrails/ids';
import type { Environment, RateLimits } from '../../organisations/domain/organisation';

/** What a key may do, as its record spells it. */
export type ScopeWord = 'ingest' | 'read' | 'billing' | 'admin' | 'internal';

/** A secret of a key, of which only the hash is kept. */
export interface Secret {
  /** 1 for the first. */
  readonly number: number;
  readonly hash: string;
  readonly createMs: number;
  /** Unset: as long as the key is valid. */
  readonly expireMs?: number;
}

/** A key of an organisation. */
export interface Key {
  readonly id: ApiKeyId;
  /** Whose key it is, whichever of its environments it opens. */
  readonly ownerId: OrganisationId;
  /** Whose data it opens: the id of the environment. */
  readonly organisationId: OrganisationId;
  readonly environment: Environment;
  readonly name: string;
  /** What it was made for, without what these include. */
  readonly scopes: readonly ScopeWord[];
  readonly createMs: number;
  readonly expireMs?: number;
  readonly revokeMs?: number;
  readonly lastUsedMs?: number;
  /** The newest first. */
  readonly secrets: readonly Secret[];
  /** Of its own. */
  readonly limits?: RateLimits;
  /** Those of its organisation, which services follow with it. */
  readonly organisationLimits?: RateLimits;
  /** Grows with every change that services follow. */
  readonly revision: number;
}

/** How many keys that are not revoked an organisation may have. */
export const KEYS_MAX = 1_000;

/** The secrets that are accepted at an instant. */
export function acceptedSecrets(key: Key, nowMs: number): readonly Secret[] {
  if (key.revokeMs !== undefined || (key.expireMs ?? Infinity) <= nowMs) return [];
  return key.secrets.filter(({ expireMs = Infinity }) => expireMs > nowMs);
}

/** The key with another secret. Those before are accepted for `overlapMs` more, if they would have been so long. */
export function rotated(key: Key, hash: string, nowMs: number, overlapMs: number): Key {
  const endMs = nowMs + overlapMs;
  const before = acceptedSecrets(key, nowMs).map((secret) => ({
    ...secret,
    expireMs: Math.min(secret.expireMs ?? Infinity, endMs),
  }));
  const number = (key.secrets[0]?.number ?? 0) + 1;
  const secrets = [{ number, hash, createMs: nowMs }, ...before];
  return { ...key, secrets, revision: key.revision + 1 };
}

/** The key as it is once it is revoked. */
export function revoked(key: Key, nowMs: number): Key {
  if (key.revokeMs !== undefined) return key;
  return { ...key, revokeMs: nowMs, revision: key.revision + 1 };
}
