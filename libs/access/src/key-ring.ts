import type { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { DomainError, type ReasonOf } from '@billingrails/errors';
import { parseId, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import type { KeyRecord } from './api-key';
import { allScopes, scopesOfKind, type KeyKind } from './scopes';
import { limitsOf, type PrincipalLimits } from './limits';
import { hashOf, isWellFormed } from './secret';

/** Who calls. For a service key, the organisation is the one it acts for. */
export interface Caller {
  readonly organisationId: OrganisationId;
  readonly keyId: ApiKeyId;
  readonly kind: KeyKind;
  /** What the key may do: the scopes it was made with and all that they include. */
  readonly scopes: ReadonlySet<Scope>;
  /** Of an organisation's key: how much of it a second. */
  readonly limits?: PrincipalLimits | undefined;
}

/** What is known of a secret. */
interface Known {
  readonly record: KeyRecord;
  readonly scopes: ReadonlySet<Scope>;
  /** Of an organisation's key: the same object in every call, as this runs in each. */
  readonly caller: Caller | undefined;
  /** 0: not since it was last told. */
  lastUsedMs: number;
}

/** When a key was last used. */
export interface KeyUse {
  readonly keyId: ApiKeyId;
  readonly lastUsedMs: number;
}

/** All keys there are, in memory, so that checking one costs a checksum, a hash and no I/O. */
export class KeyRing {
  readonly #known = new Map<string, Known>();

  /** @param defaults what holds for organisations and keys where they have no limits of their own */
  constructor(
    private readonly nowMs: () => number = Date.now,
    private readonly defaults?: PrincipalLimits,
  ) {}

  /** Makes the record known, or with undefined, forgets the key. */
  set(hash: string, record: KeyRecord | undefined): void {
    if (record) this.#known.set(hash, knownOf(record, this.defaults));
    else this.#known.delete(hash);
  }

  /**
   * Who the bearer of `secret` is. A service key acts for the organisation that `organisationHeader` names and must
   * name one; an organisation key may name none but its own. Throws DomainError `unauthenticated`, which says what is
   * wrong, and of a key that is none, not which part of it.
   */
  authenticate(secret: string, organisationHeader: string | undefined): Caller {
    if (!isWellFormed(secret)) {
      throw refused(
        'API_KEY_MALFORMED',
        'The API key is not complete, or mistyped: its checksum is not its own.',
      );
    }
    const known = this.#known.get(hashOf(secret));
    if (known === undefined) throw refused('API_KEY_INVALID', 'There is no such API key.');
    const nowMs = this.nowMs();
    const { keyId, revokeTimeMs, expireTimeMs = Infinity } = known.record;
    if (revokeTimeMs !== undefined) {
      throw refused(
        'API_KEY_REVOKED',
        `The API key ${keyId} was revoked at ${timeOf(revokeTimeMs)}.`,
      );
    }
    if (expireTimeMs <= nowMs) {
      throw refused(
        'API_KEY_EXPIRED',
        `The API key ${keyId} expired at ${timeOf(expireTimeMs)}, or was rotated before.`,
      );
    }
    const caller = callerOf(known, organisationHeader);
    known.lastUsedMs = nowMs;
    return caller;
  }

  /** Which keys were used since this was last asked. */
  takeUses(): KeyUse[] {
    const uses = new Map<ApiKeyId, number>();
    for (const known of this.#known.values()) {
      const { keyId } = known.record;
      if (known.lastUsedMs > (uses.get(keyId) ?? 0)) uses.set(keyId, known.lastUsedMs);
      known.lastUsedMs = 0;
    }
    return [...uses].map(([keyId, lastUsedMs]) => ({ keyId, lastUsedMs }));
  }
}

function knownOf(record: KeyRecord, defaults: PrincipalLimits | undefined): Known {
  const { keyId, kind, organisationId } = record;
  const scopes = allScopes(record.scopes ?? scopesOfKind(kind));
  const limits = limitsOf(record, defaults);
  const caller = organisationId && { organisationId, keyId, kind, scopes, limits };
  return { record, scopes, caller, lastUsedMs: 0 };
}

function callerOf(
  { record, scopes, caller }: Known,
  organisationHeader: string | undefined,
): Caller {
  if (caller !== undefined) {
    if ((organisationHeader ?? caller.organisationId) === caller.organisationId) return caller;
    throw refused(
      'API_KEY_INVALID',
      'The API key is not for the organisation that Billingrails-Organisation names.',
    );
  }
  const organisationId = parseId('org', organisationHeader ?? '');
  if (organisationId) return { organisationId, keyId: record.keyId, kind: record.kind, scopes };
  throw refused(
    'API_KEY_INVALID',
    'A service key names the organisation it acts for, as "Billingrails-Organisation: org_…".',
  );
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

function refused(reason: ReasonOf<'unauthenticated'>, what: string): DomainError {
  return new DomainError('unauthenticated', reason, `${what} ${CURE}`);
}

const CURE = 'Send a valid API key as "Authorization: Bearer br_…".';
