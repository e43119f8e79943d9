import type { ReasonText } from './reason';

/** Reasons of metering. */
export const meteringReasons = {
  METER_INVALID: {
    kind: 'invalid',
    meaning: 'The meter, profile or revision cannot be created as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  METER_PREVIEW_INVALID: {
    kind: 'invalid',
    meaning: 'The profile cannot be previewed as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  METER_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no meter of that id.',
    cure: 'Take the id from `ListMeters`.',
  },
  METER_FULL: {
    kind: 'precondition',
    meaning: 'The meter holds as many profiles, versions or filter values as one may.',
    cure: 'Create another meter on the same event name.',
  },
  PROFILE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The meter has no profile of that code.',
    cure: 'Take the code from `GetMeter`, or leave it empty for the default profile.',
  },
  PROFILE_CODE_TAKEN: {
    kind: 'precondition',
    meaning: 'The meter has a profile of that code.',
    cure: 'Choose another code, or revise the profile.',
  },
  PROFILE_REVISION_DIFFERS: {
    kind: 'precondition',
    meaning: 'A revision changes what a profile keeps for its life.',
    cure: 'Create another profile for it.',
  },
  PROFILE_REVISION_EARLY: {
    kind: 'precondition',
    meaning: 'A revision would take effect before one there is.',
    cure: 'Choose a later `effective_time`.',
  },
  ACCOUNT_MAPPING_DIFFERS: {
    kind: 'precondition',
    meaning: 'Another meter of the event name takes the account from another property.',
    cure: 'Use the mapping that there is: all meters of an event name share one.',
  },
  USAGE_QUERY_INVALID: {
    kind: 'invalid',
    meaning: 'The usage query cannot be answered as asked.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  USAGE_WATCH_INVALID: {
    kind: 'invalid',
    meaning: 'Usage cannot be watched as asked.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  USAGE_EVENTS_TOO_MANY: {
    kind: 'precondition',
    meaning: 'The answer would have to be worked out from too many single events.',
    cure: 'Ask for less time, fewer accounts, or longer windows.',
  },
  NOT_CAUGHT_UP: {
    kind: 'unavailable',
    meaning: 'Events that the answer must count are not applied yet.',
    cure: 'Try again after the delay. If it lasts, look at the lag in the metrics.',
  },
  RAW_EVENTS_DELETED: {
    kind: 'precondition',
    meaning: 'The answer needs single events that are no longer kept.',
    cure: 'Ask by whole UTC hours, or for a later time; see docs/operations/retention.md.',
  },
  VERIFICATION_INVALID: {
    kind: 'invalid',
    meaning: 'What to verify or repair is not told well.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  RESUME_TOKEN_INVALID: {
    kind: 'invalid',
    meaning: 'The token to go on with is none that the method returned for the same request.',
    cure: 'Give the last `resume_token` with the same meter, accounts and times, or none to begin at the beginning.',
  },
  EVENT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'No event of that key is stored.',
    cure: 'Check the idempotency key; an event just sent appears once it is applied.',
  },
  EVENT_LIST_INVALID: {
    kind: 'invalid',
    meaning: 'The list of events cannot be given as asked.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  CONFLICT_LIST_INVALID: {
    kind: 'invalid',
    meaning: 'The list of conflicts cannot be given as asked.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  CORRECTION_LIST_INVALID: {
    kind: 'invalid',
    meaning: 'The list of corrections cannot be given as asked.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  INGEST_REPORT_INVALID: {
    kind: 'invalid',
    meaning: 'The time to report on is not valid.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  MESSAGE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no quarantined message of that id.',
    cure: 'Take the id from `ListQuarantinedMessages`.',
  },
  LANE_GAP: {
    kind: 'precondition',
    meaning:
      'The stream lacks messages that were not applied. Only the log of metering tells this.',
    cure: 'Find out who purged the stream; see the message for where reading can go on.',
  },
} as const satisfies Record<string, ReasonText>;
