import type { ReasonText } from './reason';

/** Reasons of access alone. */
export const accessReasons = {
  ORGANISATION_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no such organisation.',
    cure: 'A service key names in `Billingrails-Organisation` one that exists, or the test environment of one.',
  },
  LIVE_KEY_NEEDED: {
    kind: 'precondition',
    meaning: 'A key of the test environment may not change what the live one has.',
    cure: 'Call with a key of the live environment.',
  },
  TOO_MANY_API_KEYS: {
    kind: 'precondition',
    meaning: 'The organisation has 1000 keys that are not revoked.',
    cure: 'Revoke keys that are no longer used; `last_used_time` tells which.',
  },
  API_KEY_UNMAKEABLE: {
    kind: 'invalid',
    meaning: 'The key cannot be made so.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  API_KEY_ENDED: {
    kind: 'precondition',
    meaning: 'The key is revoked or has expired, so it is neither renamed nor rotated.',
    cure: 'Create another key.',
  },
  AUDIT_RECORD_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no audit record of that id in the organisation.',
    cure: 'Take the id from `ListAuditRecords`. A record appears within about a second of what it tells of.',
  },
  KEY_UNTOLD: {
    kind: 'unavailable',
    meaning: 'The key is revoked, but services cannot be told of it while the bus is away.',
    cure: 'Try again after the delay; it is told by itself as soon as the bus is back.',
  },
} as const satisfies Record<string, ReasonText>;
