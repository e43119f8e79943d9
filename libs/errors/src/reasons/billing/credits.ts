import type { ReasonText } from '../reason';

/** Reasons of billing about credits and top-ups. */
export const creditReasons = {
  CREDIT_UNIT_EXISTS: {
    kind: 'conflict',
    meaning: 'There is a unit of credits of that code, or of that currency.',
    cure: 'Use it, or choose another code.',
  },
  CREDIT_UNIT_INVALID: {
    kind: 'invalid',
    meaning: 'The unit of credits cannot be created as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  CREDIT_UNIT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no unit of credits of that id.',
    cure: 'Take the id from `ListCreditUnits`.',
  },
  METER_PROFILE_NOT_DIVISIBLE: {
    kind: 'precondition',
    meaning:
      'Usage by the meter profile comes to something else when it is cut, and grants begin and end at any instant.',
    cure: 'Take a profile that counts, or sums over events or time, neither recurring nor by time window.',
  },
  CREDIT_GRANT_INVALID: {
    kind: 'invalid',
    meaning: 'The credits cannot be granted as asked for.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  CREDIT_GRANT_UNRESOLVED: {
    kind: 'precondition',
    meaning: 'The account, or who else is granted the credits, or their unit does not exist.',
    cure: 'Create it first, or correct the id that `BadRequest` names.',
  },
  CREDIT_GRANTS_TOO_MANY: {
    kind: 'precondition',
    meaning: 'The account has as many grants of the unit as an account may have.',
    cure: 'Grant more at once, less often, or use another unit.',
  },
  CREDIT_GRANT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no grant of credits of that id.',
    cure: 'Take the id from `ListCreditGrants`.',
  },
  RECURRING_CREDIT_GRANT_INVALID: {
    kind: 'invalid',
    meaning: 'Credits cannot be granted again and again as asked for.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  RECURRING_CREDIT_GRANT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no recurring grant of credits of that id.',
    cure: 'Take the id from `ListRecurringCreditGrants`.',
  },
  RECURRING_CREDIT_GRANT_END_PAST: {
    kind: 'precondition',
    meaning:
      'A recurring grant of credits does not end in the past: what was granted stays granted.',
    cure: 'Leave `end_time` out, or give one that is not before the present.',
  },
  PAYABLE_INVOICES_INVALID: {
    kind: 'invalid',
    meaning: 'Credits cannot be applied to the invoices, or returned, as asked for.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  TOP_UP_RULE_INVALID: {
    kind: 'invalid',
    meaning: 'A top-up rule cannot have these terms.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  CREDIT_UNIT_UNRESOLVED: {
    kind: 'precondition',
    meaning:
      'A rate of a unit of credits names a feature that does not exist or is not metered, or a fee that does not exist or prices no usage.',
    cure: 'Create the feature with a meter profile, or the fee with a price for usage, first, or name a meter profile.',
  },
  CREDIT_GRANT_PENDING: {
    kind: 'precondition',
    meaning: 'A part is to be taken back of a grant of credits that has not taken effect.',
    cure: 'Void it whole, and grant what is to stay; or wait until its `effective_time`.',
  },
  CREDIT_GRANT_PARTS: {
    kind: 'precondition',
    meaning: 'As many parts were taken back of a grant of credits as may be.',
    cure: 'Void it whole, and grant what is to stay.',
  },
  CREDIT_GRANT_USED_UP: {
    kind: 'precondition',
    meaning: 'A part is to be taken back of a grant of money of which nothing is left.',
    cure: 'Nothing is to be done: see `GetCreditBalance`.',
  },
  TOP_UP_RULE_UNRESOLVED: {
    kind: 'precondition',
    meaning:
      'The account, the unit or the subscription of a top-up rule does not exist, or the unit is money of another currency than the subscription.',
    cure: 'Create it first, or correct the id that `BadRequest` names.',
  },
  TOP_UP_RULE_EXISTS: {
    kind: 'conflict',
    meaning: 'The account has a top-up rule for the unit.',
    cure: 'Change it with `UpdateTopUpRule`.',
  },
  TOP_UP_RULE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no top-up rule of that id.',
    cure: 'Take the id from `ListTopUpRules`.',
  },
  CREDIT_PERIOD_INVALID: {
    kind: 'invalid',
    meaning:
      'Revenue of credits is told for whole UTC days; a period of ledger entries ends after it starts.',
    cure: 'Begin and end the period at a midnight of UTC, the end after the start.',
  },
  CREDIT_GRANT_ENDED: {
    kind: 'precondition',
    meaning:
      'The grant of credits has expired or was voided before, so nothing of it is left to take back.',
    cure: 'Nothing is left to do.',
  },
} as const satisfies Record<string, ReasonText>;
