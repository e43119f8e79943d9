import type { ReasonText } from './reason';

/** Reasons of ingest. */
export const ingestReasons = {
  EVENTS_INVALID: {
    kind: 'invalid',
    meaning: 'Something in the events or corrections is wrong. Nothing of the request was stored.',
    cure: 'Mend each path that `BadRequest` names, and send the whole request again.',
  },
  EVENT_TOO_LARGE: {
    kind: 'invalid',
    meaning: 'A single message is larger than the broker takes (`max_payload`).',
    cure: 'Send smaller events.',
  },
  INGEST_BUSY: {
    kind: 'exhausted',
    meaning: 'More events wait for the disk than ingest holds. Nothing was stored.',
    cure: 'Repeat more slowly, after the delay, with the same idempotency keys.',
  },
  OUTCOME_UNKNOWN: {
    kind: 'unavailable',
    meaning: 'The broker did not confirm in time; the events may be stored.',
    cure: 'Repeat with the same idempotency keys: what is stored counts once.',
  },
} as const satisfies Record<string, ReasonText>;
