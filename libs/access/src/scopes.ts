import { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';

/** Whose calls a key authenticates: one organisation's, or those of a service on behalf of any organisation. */
export type KeyKind = 'organisation' | 'service';

/** Scopes as keys' records spell them. */
export const SCOPE_WORDS = ['ingest', 'read', 'billing', 'admin', 'internal'] as const;

export type ScopeWord = (typeof SCOPE_WORDS)[number];

/** The same in the contracts. */
export const scopeOfWord: Readonly<Record<ScopeWord, Scope>> = {
  ingest: Scope.INGEST,
  read: Scope.READ,
  billing: Scope.BILLING,
  admin: Scope.ADMIN,
  internal: Scope.INTERNAL,
};

/** What each scope includes besides itself. */
const INCLUDED: Readonly<Record<ScopeWord, readonly ScopeWord[]>> = {
  ingest: [],
  read: [],
  billing: ['read'],
  admin: ['billing', 'read', 'ingest'],
  internal: ['admin', 'billing', 'read', 'ingest'],
};

/** The scopes of a key where nothing is said, as of keys from before there were any: all of its kind. */
export function scopesOfKind(kind: KeyKind): readonly ScopeWord[] {
  return kind === 'service' ? ['internal'] : ['admin'];
}

const known = new Map<string, ReadonlySet<Scope>>();

/** What a key with these scopes may do: they and all that they include. One set for all keys with the same. */
export function allScopes(granted: readonly ScopeWord[]): ReadonlySet<Scope> {
  const words = SCOPE_WORDS.filter((word) =>
    granted.some((scope) => scope === word || INCLUDED[scope].includes(word)),
  );
  const name = words.join();
  const scopes = known.get(name) ?? new Set(words.map((word) => scopeOfWord[word]));
  known.set(name, scopes);
  return scopes;
}
