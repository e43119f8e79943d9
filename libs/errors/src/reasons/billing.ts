import type { ReasonText } from './reason';

/** Reasons of billing. */
export const billingReasons = {
  ACCOUNT_EXISTS: {
    kind: 'conflict',
    meaning: 'There is an account of that id.',
    cure: 'Use it, or choose another id.',
  },
  ACCOUNT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no account of that id.',
    cure: 'Take the id from `ListAccounts`, or create the account.',
  },
  ACCOUNT_NOT_TEST: {
    kind: 'precondition',
    meaning: 'The account is no test account, and those are the only ones that can be deleted.',
    cure: 'Cancel its subscriptions. To try things out, create an account with a `test_clock_time`.',
  },
  ACCOUNT_PARENT_INVALID: {
    kind: 'invalid',
    meaning: 'The account cannot belong to that parent, or be paid for by it.',
    cure: 'Mend each field that `BadRequest` names: name an account that is not below this one.',
  },
  ACCOUNT_PARENT_UNRESOLVED: {
    kind: 'precondition',
    meaning: 'The parent that the account is to belong to does not exist.',
    cure: 'Take the id from `ListAccounts`, or create the parent first.',
  },
  BILLING_SETTINGS_INVALID: {
    kind: 'invalid',
    meaning: 'The settings cannot be stored as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  PLAN_INVALID: {
    kind: 'invalid',
    meaning: 'The plan cannot be created as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  PLAN_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no plan of that id, or not in that version.',
    cure: 'Take the id from `ListPlans`, the version from `ListPlanVersions`.',
  },
  PLAN_VERSION_FIXED: {
    kind: 'precondition',
    meaning: 'The version of the plan is published or archived, and never changes.',
    cure: 'Make the next version with `CreatePlanVersion`.',
  },
  PRODUCT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no product of that id.',
    cure: 'Take the id from `ListProducts`.',
  },
  PRODUCT_EXISTS: {
    kind: 'conflict',
    meaning: 'The organisation has a product of that code already, perhaps an archived one.',
    cure: 'Choose another code, or use the product that there is.',
  },
  PRODUCT_UNAVAILABLE: {
    kind: 'precondition',
    meaning: 'A fee names a product that does not exist or is archived.',
    cure: 'Name another product, or none.',
  },
  FEE_INVALID: {
    kind: 'invalid',
    meaning: 'The fee cannot be added as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  FEE_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The plan or subscription has no fee of that id.',
    cure: 'Take the id from `GetPlan` or `GetSubscription`.',
  },
  DISCOUNT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The subscription never had a discount of that id.',
    cure: 'Take the id from `GetSubscription`.',
  },
  PRICE_CORRECTION_INVALID: {
    kind: 'invalid',
    meaning: 'The price of the fee cannot be corrected as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  TOO_MANY_PRICE_CORRECTIONS: {
    kind: 'precondition',
    meaning: 'The plan holds as many price corrections as one may.',
    cure: 'Create another plan, and change the subscriptions to it.',
  },
  TOO_MANY_FEES: {
    kind: 'precondition',
    meaning: 'The plan or subscription holds as many fees as one may.',
    cure: 'Use another plan, or fewer fees.',
  },
  METER_PROFILE_UNAVAILABLE: {
    kind: 'precondition',
    meaning: 'A fee names a meter profile that does not exist, or whose meter is archived.',
    cure: 'Name a profile that `ListMeters` of metering shows.',
  },
  METER_PROFILE_NOT_GROUPED: {
    kind: 'precondition',
    meaning: "A fee prices groups that its meter profile doesn't have.",
    cure: "Use the profile's own groups, or a profile with these.",
  },
  METER_PROFILE_NOT_SUMMED: {
    kind: 'precondition',
    meaning:
      'A price with a minimum or maximum for each transaction is on a profile that does not sum what each event reports.',
    cure: 'Use a profile with method SUM, neither recurring nor with an aggregation_time_window.',
  },
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
  PLAN_CURRENCIES_INCOMPLETE: {
    kind: 'precondition',
    meaning:
      'A version of a plan is to be published whose fees have not a price in exactly each of its currencies.',
    cure: 'Give each fee that `BadRequest` names the prices that are missing, with a replacement of it, or take the currency from the version.',
  },
  PLAN_NOT_FITTING: {
    kind: 'precondition',
    meaning:
      'The plan or add-on does not exist, is not published in that version, has another currency than the present one, or is the one where the other is needed.',
    cure: 'Choose a published version of a plan, or of an add-on, in the currency of the subscription.',
  },
  USAGE_CHARGED_TWICE: {
    kind: 'precondition',
    meaning: 'Another subscription of the account prices the same usage at the same time.',
    cure: 'Cancel that, price a profile with other usage, or set `allow_shared_usage`.',
  },
  BILL_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'There is no bill of that id.',
    cure: 'Take the id from `ListBills`; a bill appears when it is made.',
  },
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
  CLOCK_DECIDED: {
    kind: 'precondition',
    meaning: 'The organisation has a test clock already, or subscriptions by the real time.',
    cure: 'Make a test clock before the first subscription, in an organisation of its own.',
  },
  TEST_CLOCK_NOT_FOUND: {
    kind: 'not_found',
    meaning:
      'The organisation lives by the real time, or the account has no test clock of its own.',
    cure: 'Create a test clock in an organisation without subscriptions, or an account with a `test_clock_time`.',
  },
  TEST_CLOCK_TIME_INVALID: {
    kind: 'invalid',
    meaning: 'A test clock cannot show that time.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  TEST_CLOCK_REVERSED: {
    kind: 'invalid',
    meaning: 'A test clock moves forward only.',
    cure: "Choose a time that is not before the clock's own.",
  },
  TEST_CLOCK_TOO_FAR: {
    kind: 'invalid',
    meaning: 'A test clock moves at most two years at once.',
    cure: 'Move it in several steps.',
  },
  USAGE_PARTIAL: {
    kind: 'unavailable',
    meaning: 'Earlier events are still being counted for a profile made after them.',
    cure: 'Try again after the delay; `GetMeter` shows the progress.',
  },
  METERING_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'Usage cannot be read from metering just now.',
    cure: 'Try again after the delay; look whether metering is healthy and `METERING_URL` right.',
  },
} as const satisfies Record<string, ReasonText>;
