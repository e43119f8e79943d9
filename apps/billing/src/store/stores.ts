import type { IndexSpec } from '@billingrails/mongo';
import type { Db } from 'mongodb';
import { accountStore, type AccountStore } from '../accounts/store/accounts';
import {
  BILLING_PERIOD_INDEXES,
  billingPeriodStore,
  type BillingPeriodStore,
} from '../bills/store/billing-periods';
import { CLOCK_INDEXES, clockStore, type ClockStore } from '../clocks/store/clocks';
import {
  ENTITLEMENT_INDEXES,
  entitlementStore,
  type EntitlementStore,
} from '../entitlements/store/entitlements';
import { FEATURE_INDEXES, featureStore, type FeatureStore } from '../entitlements/store/features';
import { planStore, type PlanStore } from '../catalogue/store/plans';
import {
  SUBSCRIPTION_INDEXES,
  subscriptionStore,
  type SubscriptionStore,
} from '../subscriptions/store/subscriptions';

/** Everything billing keeps. */
export interface Stores {
  readonly accounts: AccountStore;
  readonly plans: PlanStore;
  readonly subscriptions: SubscriptionStore;
  readonly features: FeatureStore;
  readonly entitlements: EntitlementStore;
  readonly clocks: ClockStore;
  readonly billingPeriods: BillingPeriodStore;
}

/** The collections, and the indexes that the stores' queries need beside the keys. */
export const INDEXES: readonly IndexSpec[] = [
  { collection: 'accounts' },
  { collection: 'plans' },
  ...SUBSCRIPTION_INDEXES,
  ...FEATURE_INDEXES,
  ...ENTITLEMENT_INDEXES,
  ...CLOCK_INDEXES,
  ...BILLING_PERIOD_INDEXES,
];

/** Opens all stores. `nowMs` is the real time. */
export function openStores(db: Db, nowMs: () => number): Stores {
  return {
    accounts: accountStore(db),
    plans: planStore(db),
    subscriptions: subscriptionStore(db),
    features: featureStore(db),
    entitlements: entitlementStore(db),
    clocks: clockStore(db, nowMs),
    billingPeriods: billingPeriodStore(db),
  };
}
