import type { ReasonText } from '../reason';

/** Reasons of billing about plans, products, fees and prices. */
export const catalogueReasons = {
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
  PLAN_CURRENCIES_INCOMPLETE: {
    kind: 'precondition',
    meaning:
      'A version of a plan is to be published whose fees have not a price in exactly each of its currencies.',
    cure: 'Give each fee that `BadRequest` names the prices that are missing, with a replacement of it, or take the currency from the version.',
  },
} as const satisfies Record<string, ReasonText>;
