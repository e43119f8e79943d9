import type { ReasonText } from '../reason';

/** Reasons of billing about alerts. */
export const alertReasons = {
  ALERT_INVALID: {
    kind: 'invalid',
    meaning: 'The alert cannot be as it is asked for.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  ALERT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no alert of that id.',
    cure: 'Take the id from `ListAlerts`.',
  },
  ALERT_UNRESOLVED: {
    kind: 'precondition',
    meaning: 'The account, unit or feature that is to be watched does not exist.',
    cure: 'Create it first, or name another; `BadRequest` names the fields.',
  },
  TOO_MANY_ALERTS: {
    kind: 'precondition',
    meaning: 'An organisation has at most 100 alerts.',
    cure: 'Delete one, or watch every account by one alert with several thresholds.',
  },
} as const satisfies Record<string, ReasonText>;
