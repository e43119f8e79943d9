import type { KeyRecord, StoredRecord } from '@billingrails/access';
import type { Key } from '../domain/key';

/** What services follow of a key: a record for each secret. */
export function recordsOf(key: Key): StoredRecord[] {
  return key.secrets.map(({ hash, expireMs = Infinity }) => {
    const endMs = Math.min(expireMs, key.expireMs ?? Infinity);
    const record: KeyRecord = {
      ...{ keyId: key.id, kind: 'organisation', organisationId: key.organisationId },
      ...{ name: key.name, createTimeMs: key.createMs, scopes: key.scopes },
      ...{ environment: key.environment, ownerId: key.ownerId, revision: key.revision },
      ...(key.limits && { limits: key.limits }),
      ...(key.organisationLimits && { organisationLimits: key.organisationLimits }),
      ...(Number.isFinite(endMs) && { expireTimeMs: endMs }),
      ...(key.revokeMs !== undefined && { revokeTimeMs: key.revokeMs }),
    };
    return { hash, record };
  });
}

/** The key that a record tells of, which was made without this service. Undefined: of no organisation. */
export function keyOf({ hash, record }: StoredRecord): Key | undefined {
  const { keyId: id, organisationId, name, createTimeMs: createMs, ...of } = record;
  if (organisationId === undefined) return undefined;
  return {
    ...{ id, organisationId, ownerId: of.ownerId ?? organisationId, name, createMs },
    ...{ environment: of.environment ?? 'live', scopes: of.scopes ?? ['admin'] },
    ...(of.expireTimeMs !== undefined && { expireMs: of.expireTimeMs }),
    ...(of.revokeTimeMs !== undefined && { revokeMs: of.revokeTimeMs }),
    ...{ secrets: [{ number: 1, hash, createMs }], revision: of.revision ?? 0 },
  };
}
