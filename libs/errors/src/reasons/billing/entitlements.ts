import type { ReasonText } from '../reason';

/** Reasons of billing about features, entitlements and reservations. */
export const entitlementReasons = {
  FEATURE_EXISTS: {
    kind: 'conflict',
    meaning: 'There is a feature of that code.',
    cure: 'Use it, or choose another code.',
  },
  FEATURE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no such feature.',
    cure: 'Take it from `ListFeatures`.',
  },
  ENTITLEMENT_INVALID: {
    kind: 'invalid',
    meaning: 'The entitlement cannot be created as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  ENTITLEMENT_EXISTS: {
    kind: 'conflict',
    meaning: 'The grantee has the feature already.',
    cure: 'End the entitlement there is with `EndEntitlement`, and grant the next one from then on.',
  },
  ENTITLEMENT_UNRESOLVED: {
    kind: 'precondition',
    meaning: 'The feature or the grantee of the entitlement does not exist.',
    cure: 'Create it first, or correct the id that `BadRequest` names.',
  },
  ENTITLEMENT_END_PAST: {
    kind: 'precondition',
    meaning: 'The end of the entitlement lies before the present of the organisation.',
    cure: 'Leave `end_time` out to end it now.',
  },
  FEATURE_INVALID: {
    kind: 'invalid',
    meaning: 'The feature cannot be created as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  FEATURE_NOT_METERED: {
    kind: 'precondition',
    meaning: 'Of a feature that is not metered nothing can be reserved.',
    cure: 'Ask with `CheckAccess` whether it is granted.',
  },
  RESERVATION_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no reservation of that id, or it ended more than 30 days ago.',
    cure: 'Take the id from `CreateReservation` or `ListReservations`.',
  },
  RESERVATION_ENDED: {
    kind: 'precondition',
    meaning: 'The reservation was released, or settled otherwise.',
    cure: 'Look at it with `GetReservation`.',
  },
  TOO_MANY_RESERVATIONS: {
    kind: 'precondition',
    meaning:
      'So many reservations of the feature are open for the account, or settled without their event, as may be: 10,000.',
    cure: 'Settle or release reservations, and send the events that they were settled with.',
  },
  RESERVATIONS_BUSY: {
    kind: 'unavailable',
    meaning: 'Reservations of the feature change so fast that no exact answer could be made.',
    cure: 'Ask again.',
  },
  ENTITLEMENT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no entitlement of that id.',
    cure: 'Take the id from `ListEntitlements`.',
  },
} as const satisfies Record<string, ReasonText>;
