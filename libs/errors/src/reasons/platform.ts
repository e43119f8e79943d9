import type { ReasonText } from './reason';

/** Reasons that every service has. */
export const platformReasons = {
  API_KEY_MISSING: {
    kind: 'unauthenticated',
    meaning:
      'The call shows no key: there is no `Authorization` header, or not `Bearer` and one key in it.',
    cure: 'Send `Authorization: Bearer br_…`.',
  },
  API_KEY_MALFORMED: {
    kind: 'unauthenticated',
    meaning:
      'What the call shows cannot be a key: it is cut or mistyped, as its checksum tells, or something else.',
    cure: 'Copy the key whole; see [access](access.md#keys).',
  },
  API_KEY_INVALID: {
    kind: 'unauthenticated',
    meaning:
      'There is no such key, or not for the organisation that `Billingrails-Organisation` names.',
    cure: 'Use a key of this platform. Only a service key names an organisation, the one that it acts for.',
  },
  API_KEY_REVOKED: {
    kind: 'unauthenticated',
    meaning: 'The key was revoked.',
    cure: 'Have another one made. A key that is revoked never works again.',
  },
  API_KEY_EXPIRED: {
    kind: 'unauthenticated',
    meaning: 'The key has expired, or was rotated and the overlap is over.',
    cure: 'Use the secret that the rotation showed, or have another key made.',
  },
  SCOPE_MISSING: {
    kind: 'forbidden',
    meaning:
      'The key is valid, and may not call this method. `ErrorInfo.metadata` says which scope the method needs (`required_scope`) and which the key has (`key_scopes`).',
    cure: 'Use a key with the scope, or have one made; see [access](access.md). Trying again does not help.',
  },
  API_KEY_EXISTS: {
    kind: 'conflict',
    meaning: 'A key of that id was made before.',
    cure: 'Make a new key; nothing was changed.',
  },
  API_KEY_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no key of that id.',
    cure: 'Take the id from `keys list`.',
  },
  REQUEST_INVALID: {
    kind: 'invalid',
    meaning: 'The request breaks rules of its contract.',
    cure: 'Mend each field that `BadRequest` names; the contract says what it may hold.',
  },
  REQUEST_MALFORMED: {
    kind: 'invalid',
    meaning:
      'The request cannot be read: its JSON or bytes are not those of the message, or its compressed body is damaged.',
    cure: 'Mend each path that `BadRequest` names; see [JSON](json.md). Where a body is compressed, compress it whole, as its encoding says.',
  },
  REQUEST_ID_REUSED: {
    kind: 'conflict',
    meaning: 'The `request_id` came before, with other content.',
    cure: 'Use a new `request_id` for a new request, the same only to repeat one.',
  },
  PAGE_SIZE_INVALID: {
    kind: 'invalid',
    meaning: 'The page size is negative.',
    cure: 'Ask for 0 (the default) or more.',
  },
  PAGE_TOKEN_INVALID: {
    kind: 'invalid',
    meaning: 'The page token is not one that this method returned.',
    cure: 'Send `next_page_token` unchanged, to the same method; or begin again without one.',
  },
  EXPORT_CURSOR_INVALID: {
    kind: 'invalid',
    meaning: 'The cursor is not one that this export returned for an equal request.',
    cure: 'Send the `cursor` of the last part that came, with everything else as it was; or begin again without one.',
  },
  EXPORT_INVALID: {
    kind: 'invalid',
    meaning: 'The export cannot be made as asked.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  TIMESTAMP_INVALID: {
    kind: 'invalid',
    meaning: 'A timestamp is outside the years 1 to 9999.',
    cure: 'Send an instant such as `2023-10-01T12:00:00Z`.',
  },
  CONSISTENCY_TOKEN_INVALID: {
    kind: 'invalid',
    meaning: 'The consistency token is not one of an ingest answer.',
    cure: 'Send the token as ingest returned it, unchanged, or none.',
  },
  METHOD_UNKNOWN: {
    kind: 'unimplemented',
    httpStatus: 404,
    meaning: 'This service has no method at that path.',
    cure: 'POST to `/package.Service/Method` of the service that has it; reflection lists them.',
  },
  HTTP_METHOD_UNSUPPORTED: {
    kind: 'invalid',
    httpStatus: 405,
    meaning: 'The path is right, the HTTP method is not.',
    cure: 'POST; GET only where the method has no side effects, with the message in the query.',
  },
  CONTENT_TYPE_UNSUPPORTED: {
    kind: 'invalid',
    httpStatus: 415,
    meaning: 'No protocol has that Content-Type.',
    cure: 'Send `Content-Type: application/json`, `application/proto`, or one of gRPC or gRPC-Web.',
  },
  SERVICE_UNAVAILABLE: {
    kind: 'unavailable',
    meaning:
      'The gateway found no replica of the service that has the method, or lost it before it had answered.',
    cure: 'Try again after the delay: what only reads at once, what writes with the same `request_id` or the same idempotency keys.',
  },
  UNPACKING_BUSY: {
    kind: 'exhausted',
    meaning:
      'Compressed requests that run now take up all the room there is for unpacking. Nothing was done.',
    cure: 'Try again after the delay, send fewer at once, or send them uncompressed.',
  },
  RATE_LIMITED: {
    kind: 'exhausted',
    meaning:
      'The key or its organisation has sent more calls, bytes or events a second than its limit. Nothing was done. ' +
      '`ErrorInfo.metadata` says which limit: `limit`, `limit_of`, `limit_per_second`.',
    cure: 'Try again after the delay, and send less a second, or have the limit raised; see [access](access.md#limits).',
  },
  COMPRESSION_UNSUPPORTED: {
    kind: 'unimplemented',
    meaning: 'The request is compressed by a method that is not known here.',
    cure: 'Compress by gzip or br, or not at all.',
  },
  MESSAGE_TOO_LARGE: {
    kind: 'exhausted',
    meaning: 'The message has more than 4 MiB, unpacked.',
    cure: 'Send less at once. Trying the same again does not help.',
  },
  PROTOCOL_UNSUPPORTED: {
    kind: 'unimplemented',
    meaning: 'The protocol was spoken in a way that this server does not know.',
    cure: 'Use a client of gRPC, gRPC-Web or Connect.',
  },
  DEADLINE_EXCEEDED: {
    kind: 'deadline',
    meaning:
      'The call took longer than its deadline, at most 30 s, of a stream an hour. What it writes may have been done.',
    cure: 'Repeat it with the same `request_id` or idempotency keys, with more time or less to do.',
  },
  CANCELED: {
    kind: 'canceled',
    meaning: 'The caller went away before the answer.',
    cure: 'None is needed; a repeated write has the same `request_id`.',
  },
  STARTING: {
    kind: 'unavailable',
    meaning: 'The service has just started and waits for its database or broker.',
    cure: 'Try again after the delay. The log of the service says what it waits for.',
  },
  SHUTTING_DOWN: {
    kind: 'unavailable',
    meaning: 'This replica is shutting down.',
    cure: 'Try again: another replica, or its successor, takes the call.',
  },
  SERVICE_UNKNOWN: {
    kind: 'not_found',
    meaning: 'Health was asked of a service that is not here.',
    cure: 'Name one of `Health.List`, or none.',
  },
  DEPENDENCY_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'A service that this one needs does not answer.',
    cure: 'Try again after the delay; look whether that service is healthy.',
  },
  DATABASE_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'MongoDB does not answer, or elects a new primary. A write may have been done.',
    cure: 'Try again after the delay with the same `request_id`.',
  },
  DATABASE_FULL: {
    kind: 'exhausted',
    meaning: 'MongoDB has no room left on disk.',
    cure: 'Make room; then what was refused works again.',
  },
  WRITE_CONFLICT: {
    kind: 'stale',
    meaning: 'Another write to the same data was faster.',
    cure: 'Read again, then try again.',
  },
  BROKER_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'NATS does not answer, or elects a new leader.',
    cure: 'Try again after the delay with the same keys: what is stored counts once.',
  },
  STREAM_FULL: {
    kind: 'exhausted',
    meaning: 'The stream holds as much as it may.',
    cure: 'Raise `EVENTS_MAX_BYTES` and the limit of the stream, or let metering catch up. Senders keep and repeat what was refused.',
  },
  STREAM_BUSY: {
    kind: 'exhausted',
    meaning: 'The broker takes no more at the same time.',
    cure: 'Try again after the delay.',
  },
  INTERNAL: {
    kind: 'internal',
    meaning:
      'A fault of ours. The answer tells nothing; the log of the service has the cause under the `x-request-id` of the answer.',
    cure: 'Report it with the `x-request-id`. A repeated write has the same `request_id`.',
  },
} as const satisfies Record<string, ReasonText>;
