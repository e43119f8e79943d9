import { openBucket, type Bus } from '@billingrails/bus';
import { conflict, notFound } from '@billingrails/errors';
import { createIdSource, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import { randomInt } from 'node:crypto';
import { encodeRecord, type KeyRecord } from './api-key';
import { ACCESS_KEYS, putRecord, readRecords } from './records';
import type { ScopeWord } from './scopes';
import { hashOf, newSecret } from './secret';

/** A key to be made. `name` is for people; without scopes it has all of its kind. */
export type KeyDraft =
  | {
      readonly kind: 'organisation';
      readonly organisationId: OrganisationId;
      readonly name: string;
      readonly scopes?: readonly ScopeWord[];
    }
  | { readonly kind: 'service'; readonly name: string };

const random = () => randomInt(2 ** 32) / 2 ** 32;
const ids = createIdSource(() => Date.now(), random);

/**
 * Makes a key without the service access, which takes note of it. The secret is in the answer and nowhere else: what
 * is stored is its hash.
 */
export async function createKey(
  bus: Bus,
  draft: KeyDraft,
): Promise<{ secret: string; record: KeyRecord }> {
  const keyId = ids.next('key');
  const secret = newSecret('live', keyId);
  const record: KeyRecord = { keyId, ...draft, createTimeMs: Date.now() };
  const bucket = await openBucket(bus, ACCESS_KEYS);
  const revision = await bucket.putIf(hashOf(secret), encodeRecord(record));
  if (revision === undefined) throw conflict('API_KEY_EXISTS', 'This key exists already.');
  return { secret, record };
}

/** Every key that is not revoked, without its secrets, oldest first. */
export async function listKeys(bus: Bus): Promise<KeyRecord[]> {
  const stored = await readRecords(await openBucket(bus, ACCESS_KEYS));
  const live = stored.filter(({ record }) => record.revokeTimeMs === undefined);
  const byId = new Map(live.map(({ record }) => [record.keyId, record]));
  return [...byId.values()].sort((a, b) => a.createTimeMs - b.createTimeMs);
}

/** Ends a key: every service refuses it as soon as that reaches it. Throws DomainError not_found. */
export async function revokeKey(bus: Bus, keyId: ApiKeyId): Promise<void> {
  const bucket = await openBucket(bus, ACCESS_KEYS);
  const found = (await readRecords(bucket)).filter(({ record }) => record.keyId === keyId);
  if (found.every(({ record }) => record.revokeTimeMs !== undefined)) {
    throw notFound('API_KEY_NOT_FOUND', `There is no key ${keyId}.`);
  }
  const revokeTimeMs = Date.now();
  const revision = Math.max(...found.map(({ record }) => record.revision ?? 0)) + 1;
  for (const { hash, record } of found) {
    await putRecord(bucket, { hash, record: { ...record, revokeTimeMs, revision } });
  }
}
