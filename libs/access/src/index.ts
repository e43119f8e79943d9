export type { KeyRecord } from './api-key';
export { followAccessKeys, type FollowedKeyRing } from './follow';
export { allScopes, SCOPE_WORDS, scopesOfKind, type KeyKind, type ScopeWord } from './scopes';
export { KeyRing, type Caller } from './key-ring';
export { ACCESS_KEYS, createKey, listKeys, revokeKey, type KeyDraft } from './keys';
