import {
  ACCESS_STOP_INDEXES,
  accessStopStore,
  type AccessStopStore,
} from '../alerts/store/access-stops';
import {
  ALERT_EVENT_INDEXES,
  alertEventStore,
  type AlertEventStore,
} from '../alerts/store/alert-events';
import {
  ALERT_STATE_INDEXES,
  alertStateStore,
  type AlertStateStore,
} from '../alerts/store/alert-states';
import { ALERT_INDEXES, alertStore, type AlertStore } from '../alerts/store/alerts';
import { LEDGER_INDEXES, ledgerStore, type LedgerStore } from '../bills/store/ledger';
import { DUE_INDEXES, dueStore, type DueStore } from '../schedule/store/due';
import type { ClaimRules } from '../schedule/store/due-doc';
import type { IndexSpec } from '@billingrails/mongo';
import type { Db } from 'mongodb';
import { ACCOUNT_INDEXES, accountStore, type AccountStore } from '../accounts/store/accounts';
import { BILL_INDEXES, billStore, type BillStore } from '../bills/store/bills';
import { CLOCK_INDEXES, clockStore, type ClockStore } from '../clocks/store/clocks';
import {
  BILLING_SETTINGS_INDEXES,
  billingSettingsStore,
  type BillingSettingsStore,
} from '../settings/store/billing-settings';
import {
  ENTITLEMENT_INDEXES,
  entitlementStore,
  type EntitlementStore,
} from '../entitlements/store/entitlements';
import {
  ACCESS_VERSION_INDEXES,
  accessVersionStore,
  type AccessVersionStore,
} from '../entitlements/store/access-versions';
import { FEATURE_INDEXES, featureStore, type FeatureStore } from '../entitlements/store/features';
import { HOLD_INDEXES, holdStore, type HoldStore } from '../entitlements/store/holds';
import {
  RESERVATION_INDEXES,
  reservationStore,
  type ReservationStore,
} from '../entitlements/store/reservations';
import {
  MISSED_CHANGE_INDEXES,
  missedChangeStore,
  type MissedChangeStore,
} from '../late/store/missed-changes';
import { MARK_INDEXES, markStore, type MarkStore } from '../late/store/marks';
import {
  CREDIT_ENTRY_INDEXES,
  creditEntryStore,
  type CreditEntryStore,
} from '../credits/store/credit-entries';
import {
  CREDIT_POOL_INDEXES,
  creditPoolStore,
  type CreditPoolStore,
} from '../credits/store/credit-pools';
import {
  CREDIT_STATE_INDEXES,
  creditStateStore,
  type CreditStateStore,
} from '../credits/store/credit-states';
import {
  CREDIT_GRANT_INDEXES,
  creditGrantStore,
  type CreditGrantStore,
} from '../credits/store/credit-grants';
import {
  CREDIT_USE_INDEXES,
  creditUseStore,
  type CreditUseStore,
} from '../credits/store/credit-uses';
import {
  CREDIT_UNIT_INDEXES,
  creditUnitStore,
  type CreditUnitStore,
} from '../credits/store/credit-units';
import {
  CREDIT_DUE_INDEXES,
  creditDueStore,
  type CreditDueStore,
} from '../recurring-credits/store/credit-due';
import {
  RECURRING_GRANT_INDEXES,
  recurringGrantStore,
  type RecurringGrantStore,
} from '../recurring-credits/store/recurring-grants';
import { TOP_UP_INDEXES, topUpStore, type TopUpStore } from '../top-ups/store/top-ups';
import {
  TOP_UP_RULE_INDEXES,
  topUpRuleStore,
  type TopUpRuleStore,
} from '../top-ups/store/top-up-rules';
import { PLAN_VERSION_INDEXES, planStore, type PlanStore } from '../catalogue/store/plans';
import { PRODUCT_INDEXES, productStore, type ProductStore } from '../catalogue/store/products';
import {
  SUBSCRIPTION_INDEXES,
  subscriptionStore,
  type SubscriptionStore,
} from '../subscriptions/store/subscriptions';

/** Everything billing keeps. */
export interface Stores {
  readonly accounts: AccountStore;
  readonly plans: PlanStore;
  readonly products: ProductStore;
  readonly subscriptions: SubscriptionStore;
  readonly features: FeatureStore;
  readonly entitlements: EntitlementStore;
  readonly accessVersions: AccessVersionStore;
  readonly holds: HoldStore;
  readonly reservations: ReservationStore;
  readonly clocks: ClockStore;
  readonly bills: BillStore;
  readonly ledger: LedgerStore;
  readonly due: DueStore;
  readonly marks: MarkStore;
  readonly missedChanges: MissedChangeStore;
  readonly creditUnits: CreditUnitStore;
  readonly creditGrants: CreditGrantStore;
  readonly creditPools: CreditPoolStore;
  readonly creditEntries: CreditEntryStore;
  readonly creditUses: CreditUseStore;
  readonly creditStates: CreditStateStore;
  readonly recurringGrants: RecurringGrantStore;
  readonly creditDue: CreditDueStore;
  readonly topUpRules: TopUpRuleStore;
  readonly topUps: TopUpStore;
  readonly billingSettings: BillingSettingsStore;
  readonly alerts: AlertStore;
  readonly alertStates: AlertStateStore;
  readonly alertEvents: AlertEventStore;
  readonly accessStops: AccessStopStore;
}

/** The collections, and the indexes that the stores' queries need beside the keys. */
export const INDEXES: readonly IndexSpec[] = [
  ...ACCOUNT_INDEXES,
  { collection: 'plans' },
  { collection: 'plan_versions' },
  ...PLAN_VERSION_INDEXES,
  ...SUBSCRIPTION_INDEXES,
  ...FEATURE_INDEXES,
  ...ENTITLEMENT_INDEXES,
  ...ACCESS_VERSION_INDEXES,
  ...HOLD_INDEXES,
  ...RESERVATION_INDEXES,
  ...CLOCK_INDEXES,
  ...BILL_INDEXES,
  ...LEDGER_INDEXES,
  ...DUE_INDEXES,
  ...MARK_INDEXES,
  ...MISSED_CHANGE_INDEXES,
  ...CREDIT_UNIT_INDEXES,
  ...CREDIT_GRANT_INDEXES,
  ...CREDIT_POOL_INDEXES,
  ...CREDIT_ENTRY_INDEXES,
  ...CREDIT_USE_INDEXES,
  ...CREDIT_STATE_INDEXES,
  ...RECURRING_GRANT_INDEXES,
  ...CREDIT_DUE_INDEXES,
  ...TOP_UP_RULE_INDEXES,
  ...TOP_UP_INDEXES,
  ...PRODUCT_INDEXES,
  ...BILLING_SETTINGS_INDEXES,
  ...ALERT_INDEXES,
  ...ALERT_STATE_INDEXES,
  ...ALERT_EVENT_INDEXES,
  ...ACCESS_STOP_INDEXES,
];

/** Opens all stores. `nowMs` is the real time. */
export function openStores(db: Db, nowMs: () => number, claims: ClaimRules): Stores {
  const accessVersions = accessVersionStore(db);
  const subscriptions = subscriptionStore(db, accessVersions);
  const ledger = ledgerStore(db);
  return {
    accounts: accountStore(db),
    plans: planStore(db),
    products: productStore(db),
    subscriptions,
    features: featureStore(db),
    entitlements: entitlementStore(db),
    accessVersions,
    holds: holdStore(db),
    reservations: reservationStore(db, nowMs),
    clocks: clockStore(db, nowMs),
    bills: billStore(db, ledger),
    ledger,
    marks: markStore(db),
    missedChanges: missedChangeStore(db),
    creditUnits: creditUnitStore(db),
    creditGrants: creditGrantStore(db),
    creditPools: creditPoolStore(db),
    creditEntries: creditEntryStore(db),
    creditUses: creditUseStore(db),
    creditStates: creditStateStore(db),
    recurringGrants: recurringGrantStore(db),
    creditDue: creditDueStore(db),
    topUpRules: topUpRuleStore(db, nowMs),
    topUps: topUpStore(db),
    billingSettings: billingSettingsStore(db),
    alerts: alertStore(db),
    alertStates: alertStateStore(db),
    alertEvents: alertEventStore(db),
    accessStops: accessStopStore(db, accessVersions),
    due: dueStore(db, subscriptions, claims),
  };
}
