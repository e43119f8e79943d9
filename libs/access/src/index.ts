export { decodeRecord, type KeyRecord } from './api-key';
export { followAccessKeys, type FollowedKeyRing } from './follow';
export { KeyRing, type Caller, type KeyUse } from './key-ring';
export type { PrincipalLimits } from './limits';
export { createKey, listKeys, revokeKey, type KeyDraft } from './keys';
export { ACCESS_KEYS, putRecord, readRecords, type StoredRecord } from './records';
export {
  allScopes,
  SCOPE_WORDS,
  scopeOfWord,
  scopesOfKind,
  type KeyKind,
  type ScopeWord,
} from './scopes';
export { hashOf, newSecret, type Environment } from './secret';
export { followUses } from './uses';
