import { openBucket, type Bus } from '@billingrails/bus';
import { conflict, notFound } from '@billingrails/errors';
import { createIdSource, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import { randomInt } from 'node:crypto';
import { decodeRecord, encodeRecord, hashOf, newSecret, type KeyRecord } from './api-key';
import type { ScopeWord } from './scopes';

/** The bucket that holds every key: SHA-256 of the secret → record. */
export const ACCESS_KEYS = 'access_keys';

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

/** Makes a key. The secret is in the answer and nowhere else: what is stored is its hash. */
export async function createKey(
  bus: Bus,
  draft: KeyDraft,
): Promise<{ secret: string; record: KeyRecord }> {
  const secret = newSecret();
  const record: KeyRecord = { keyId: ids.next('key'), ...draft, createTimeMs: Date.now() };
  const bucket = await openBucket(bus, ACCESS_KEYS);
  const revision = await bucket.putIf(hashOf(secret), encodeRecord(record));
  if (revision === undefined) throw conflict('API_KEY_EXISTS', 'This key exists already.');
  return { secret, record };
}

/** Every key there is, without its secret, oldest first. */
export async function listKeys(bus: Bus): Promise<KeyRecord[]> {
  const stored = await readKeys(bus);
  return stored.map(({ record }) => record).sort((a, b) => a.createTimeMs - b.createTimeMs);
}

/** Ends a key: every service refuses it as soon as the deletion reaches it. Throws DomainError not_found. */
export async function revokeKey(bus: Bus, keyId: ApiKeyId): Promise<void> {
  const found = (await readKeys(bus)).find(({ record }) => record.keyId === keyId);
  if (!found) throw notFound('API_KEY_NOT_FOUND', `There is no key ${keyId}.`);
  const bucket = await openBucket(bus, ACCESS_KEYS);
  await bucket.delete(found.hash);
}

async function readKeys(bus: Bus): Promise<{ hash: string; record: KeyRecord }[]> {
  const bucket = await openBucket(bus, ACCESS_KEYS);
  const stored: { hash: string; record: KeyRecord }[] = [];
  for (const hash of await bucket.keys()) {
    const entry = await bucket.get(hash);
    const record = entry?.value && decodeRecord(entry.value);
    if (record) stored.push({ hash, record });
  }
  return stored;
}
