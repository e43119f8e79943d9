import type { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { DomainError } from '@billingrails/errors';
import { parseId, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import { hashOf, type KeyRecord } from './api-key';
import { allScopes, scopesOfKind, type KeyKind } from './scopes';

/** Who calls. For a service key, the organisation is the one it acts for. */
export interface Caller {
  readonly organisationId: OrganisationId;
  readonly keyId: ApiKeyId;
  readonly kind: KeyKind;
  /** What the key may do: the scopes it was made with and all that they include. */
  readonly scopes: ReadonlySet<Scope>;
}

/** All that a key decides of its caller; a service key's organisation is named by the call. */
type Known = Omit<Caller, 'organisationId'> & { readonly organisationId?: OrganisationId };

/** All keys there are, in memory, so that checking one costs a hash and no I/O. */
export class KeyRing {
  readonly #known = new Map<string, Known>();

  /** Makes the record known, or with undefined, forgets the key. */
  set(hash: string, record: KeyRecord | undefined): void {
    if (record) this.#known.set(hash, knownOf(record));
    else this.#known.delete(hash);
  }

  /**
   * Who the bearer of `secret` is. A service key acts for the organisation that `organisationHeader` names and must
   * name one; an organisation key may name none but its own. Throws DomainError `unauthenticated`, which never tells
   * which part was wrong.
   */
  authenticate(secret: string, organisationHeader: string | undefined): Caller {
    const known = this.#known.get(hashOf(secret));
    const caller = known && callerOf(known, organisationHeader);
    if (!caller) {
      throw new DomainError(
        'unauthenticated',
        'API_KEY_INVALID',
        'Send a valid API key as "Authorization: Bearer br_…".',
      );
    }
    return caller;
  }
}

function knownOf({ keyId, kind, organisationId, scopes = scopesOfKind(kind) }: KeyRecord): Known {
  return { keyId, kind, scopes: allScopes(scopes), ...(organisationId && { organisationId }) };
}

/** An organisation's caller is the same object in every call: this runs in each. */
function callerOf(known: Known, organisationHeader: string | undefined): Caller | undefined {
  if (isOfOrganisation(known)) {
    const named = organisationHeader ?? known.organisationId;
    return named === known.organisationId ? known : undefined;
  }
  const organisationId = parseId('org', organisationHeader ?? '');
  return organisationId && { ...known, organisationId };
}

function isOfOrganisation(known: Known): known is Caller {
  return known.organisationId !== undefined;
}
