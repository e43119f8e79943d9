export { type KeyKind, type KeyRecord } from './api-key';
export { followAccessKeys, type FollowedKeyRing } from './follow';
export { KeyRing, type Caller } from './key-ring';
export { ACCESS_KEYS, createKey, listKeys, revokeKey, type KeyDraft } from './keys';
