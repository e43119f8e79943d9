import { DomainError } from '@billingrails/errors';
import { parseId, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import { hashOf, type KeyKind, type KeyRecord } from './api-key';

/** Who calls. For a service key, the organisation is the one it acts for. */
export interface Caller {
  readonly organisationId: OrganisationId;
  readonly keyId: ApiKeyId;
  readonly kind: KeyKind;
}

/** All keys there are, in memory, so that checking one costs a hash and no I/O. */
export class KeyRing {
  readonly #records = new Map<string, KeyRecord>();

  /** Makes the record known, or with undefined, forgets the key. */
  set(hash: string, record: KeyRecord | undefined): void {
    if (record) this.#records.set(hash, record);
    else this.#records.delete(hash);
  }

  /**
   * Who the bearer of `secret` is. A service key acts for the organisation that `organisationHeader` names and must
   * name one; an organisation key may name none but its own. Throws DomainError `unauthenticated`, which never tells
   * which part was wrong.
   */
  authenticate(secret: string, organisationHeader: string | undefined): Caller {
    const record = this.#records.get(hashOf(secret));
    const organisationId = record && organisationOf(record, organisationHeader);
    if (!record || !organisationId) {
      throw new DomainError(
        'unauthenticated',
        'API_KEY_INVALID',
        'Send a valid API key as "Authorization: Bearer br_…".',
      );
    }
    return { organisationId, keyId: record.keyId, kind: record.kind };
  }
}

function organisationOf(
  record: KeyRecord,
  organisationHeader: string | undefined,
): OrganisationId | undefined {
  if (record.kind === 'service') return parseId('org', organisationHeader ?? '');
  const named = organisationHeader ?? record.organisationId;
  return named === record.organisationId ? record.organisationId : undefined;
}
