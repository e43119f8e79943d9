import { accountReasons } from './billing/accounts';
import { alertReasons } from './billing/alerts';
import { billReasons } from './billing/bills';
import { catalogueReasons } from './billing/catalogue';
import { creditReasons } from './billing/credits';
import { entitlementReasons } from './billing/entitlements';
import { subscriptionReasons } from './billing/subscriptions';

/** Reasons of billing. */
export const billingReasons = {
  ...accountReasons,
  ...catalogueReasons,
  ...subscriptionReasons,
  ...billReasons,
  ...entitlementReasons,
  ...creditReasons,
  ...alertReasons,
} as const;
