import { type Bucket } from '@billingrails/bus';
import { decodeRecord, encodeRecord, type KeyRecord } from './api-key';

/** The bucket that services follow: SHA-256 of each secret → record. */
export const ACCESS_KEYS = 'access_keys';

/** A record with the hash of its secret. */
export interface StoredRecord {
  readonly hash: string;
  readonly record: KeyRecord;
}

/**
 * Puts a record where there is none or an older one, so that doing it twice, late or in another order leaves the
 * newest. Returns what holds.
 */
export async function putRecord(
  bucket: Pick<Bucket, 'get' | 'putIf'>,
  { hash, record }: StoredRecord,
): Promise<KeyRecord> {
  for (;;) {
    const entry = await bucket.get(hash);
    const there = entry?.value && decodeRecord(entry.value);
    if (there && (there.revision ?? 0) >= (record.revision ?? 0)) return there;
    if ((await bucket.putIf(hash, encodeRecord(record), entry?.revision)) !== undefined)
      return record;
  }
}

/** Every record there is, also of keys that are revoked. */
export async function readRecords(bucket: Pick<Bucket, 'get' | 'keys'>): Promise<StoredRecord[]> {
  const stored: StoredRecord[] = [];
  for (const hash of await bucket.keys()) {
    const entry = await bucket.get(hash);
    const record = entry?.value && decodeRecord(entry.value);
    if (record) stored.push({ hash, record });
  }
  return stored;
}
