import type { ReasonText } from '../reason';

/** Reasons of billing about subscriptions and their changes. */
export const subscriptionReasons = {
  SUBSCRIPTION_INVALID: {
    kind: 'invalid',
    meaning: 'The subscription cannot be created as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  SUBSCRIPTION_UNRESOLVED: {
    kind: 'precondition',
    meaning:
      'The account or the plan of the subscription does not exist, or the plan is not published in that version.',
    cure: 'Create or publish it first, or correct the id that `BadRequest` names.',
  },
  SUBSCRIPTION_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no subscription of that id.',
    cure: 'Take the id from `ListSubscriptions`.',
  },
  SUBSCRIPTION_EXISTS: {
    kind: 'conflict',
    meaning: 'The account has that plan at the same time.',
    cure: 'Cancel the other, start when that ends, or set `allow_duplicate`.',
  },
  SUBSCRIPTION_ENDED: {
    kind: 'precondition',
    meaning: 'The subscription has ended.',
    cure: 'Create another one.',
  },
  CHANGE_NOT_SCHEDULED: {
    kind: 'precondition',
    meaning: 'The subscription has no change of that number that is to come and can be taken back.',
    cure: 'Take the number from `ListSubscriptionEvents`; a pause is ended by `ResumeSubscription`, a trial by `ConvertTrial`.',
  },
  SUBSCRIPTION_WITHOUT_TERM: {
    kind: 'precondition',
    meaning: 'The subscription is in no minimum term: none was agreed, or it is over.',
    cure: 'Cancel it at another time: `PERIOD_END` is with its cycle.',
  },
  SUBSCRIPTION_NOT_ON_TRIAL: {
    kind: 'precondition',
    meaning: 'The subscription is on no trial, and none is to come.',
    cure: 'Nothing needs to be done; `GetSubscription` shows a trial where there is one.',
  },
  SUBSCRIPTION_PAUSED: {
    kind: 'precondition',
    meaning: 'The subscription is paused, or a pause is to come: it cannot be paused again.',
    cure: 'Resume it first; `GetSubscription` shows the pause.',
  },
  SUBSCRIPTION_NOT_PAUSED: {
    kind: 'precondition',
    meaning: 'The subscription is in no pause, and none is to come.',
    cure: 'Nothing needs to be done; `GetSubscription` shows a pause where there is one.',
  },
  CHANGE_TOO_FAR: {
    kind: 'precondition',
    meaning: 'More bills fall due before the change than are computed to show it.',
    cure: 'Make the change without showing it, or show it later.',
  },
  CHANGE_INVALID: {
    kind: 'invalid',
    meaning: 'The subscription cannot be changed as asked.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  PLAN_NOT_FITTING: {
    kind: 'precondition',
    meaning:
      'The plan or add-on does not exist, is not published in that version, has another currency than the present one, or is the one where the other is needed.',
    cure: 'Choose a published version of a plan, or of an add-on, in the currency of the subscription.',
  },
} as const satisfies Record<string, ReasonText>;
