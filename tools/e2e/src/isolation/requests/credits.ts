import { ACCOUNT_ID, MONTH_END, type Requests } from '../story';

/** Features, entitlements, credits, alerts and reservations, until the clock is past the month. */
export const creditRequests: Requests = {
  'FeatureService.CreateFeature': (world, label) => ({
    code: 'play',
    name: `${label} feature`,
    meter_profile: { meter_id: world.meter },
  }),
  'FeatureService.GetFeature': (world) => ({ feature_id: world.feature }),
  'FeatureService.ListFeatures': () => ({}),
  'EntitlementService.CreateEntitlement': (world) => ({
    feature_id: world.feature,
    plan_id: world.plan,
    limit: '100',
  }),
  'EntitlementService.GetEntitlement': (world) => ({ entitlement_id: world.entitlement }),
  'EntitlementService.ListEntitlements': () => ({}),
  'EntitlementService.CheckAccess': () => ({ account_id: ACCOUNT_ID, feature_code: 'play' }),
  'CreditService.CreateCreditUnit': (world, label) => ({
    ...{ code: 'credits', name: `${label} credits` },
    rates: [{ meter_profile: { meter_id: world.meter }, amount: '1' }],
  }),
  'CreditService.GetCreditUnit': (world) => ({ credit_unit_id: world.unit }),
  'CreditService.ListCreditUnits': () => ({}),
  'CreditService.CreateCreditGrant': (world, label) => ({
    ...{ account_id: ACCOUNT_ID, credit_unit_id: world.unit, amount: '10' },
    memo: `${label} memo`,
  }),
  'CreditService.GetCreditGrant': (world) => ({ credit_grant_id: world.grant }),
  'CreditService.ListCreditGrants': () => ({ account_id: ACCOUNT_ID }),
  'CreditService.VoidCreditGrant': (world) => ({ credit_grant_id: world.grant }),
  'RecurringCreditGrantService.CreateRecurringCreditGrant': (world, label) => ({
    ...{ account_id: ACCOUNT_ID, credit_unit_id: world.unit, amount: '1' },
    memo: `${label} again and again`,
  }),
  'RecurringCreditGrantService.GetRecurringCreditGrant': (world) => ({
    recurring_credit_grant_id: world.recurring,
  }),
  'RecurringCreditGrantService.ListRecurringCreditGrants': () => ({}),
  'RecurringCreditGrantService.EndRecurringCreditGrant': (world) => ({
    recurring_credit_grant_id: world.recurring,
  }),
  'TopUpService.CreateTopUpRule': (world, label) => ({
    ...{ account_id: ACCOUNT_ID, credit_unit_id: world.unit, subscription_id: world.subscription },
    terms: { threshold: '0', amount: '5', price: '1', description: `${label} more` },
  }),
  'TopUpService.GetTopUpRule': (world) => ({ top_up_rule_id: world.topUpRule }),
  'TopUpService.ListTopUpRules': () => ({}),
  'TopUpService.UpdateTopUpRule': (world, label) => ({
    top_up_rule_id: world.topUpRule,
    terms: { threshold: '0', amount: '6', price: '1', description: `${label} even more` },
  }),
  'TopUpService.PauseTopUpRule': (world) => ({ top_up_rule_id: world.topUpRule }),
  'TopUpService.ResumeTopUpRule': (world) => ({ top_up_rule_id: world.topUpRule }),
  'TopUpService.ListTopUps': (world) => ({ top_up_rule_id: world.topUpRule }),
  'CreditService.GetCreditBalance': (world) => ({
    ...{ account_id: ACCOUNT_ID, credit_unit_id: world.unit, time: MONTH_END },
  }),
  'CreditService.ListCreditEntries': (world) => ({
    ...{ account_id: ACCOUNT_ID, credit_unit_id: world.unit },
  }),
  'CreditService.ExportCreditEntries': (world) => ({ credit_unit_id: world.unit }),
  'CreditService.GetCreditRevenue': (world) => ({
    ...{
      credit_unit_id: world.unit,
      start_time: '2022-10-01T00:00:00Z',
      end_time: '2022-11-01T00:00:00Z',
    },
  }),
  'CreditService.ApplyCredits': (_world, label) => ({
    invoices: [
      {
        ...{ invoice_id: `${label} invoice`, account_id: ACCOUNT_ID, issue_time: MONTH_END },
        amount: { currency_code: 'USD', amount: '1.00' },
      },
    ],
  }),
  'CreditService.ReturnCredits': (_world, label) => ({
    return_id: `${label} return`,
    invoice_id: 'first invoice',
  }),
  'EntitlementService.BatchCheckAccess': () => ({
    account_id: ACCOUNT_ID,
    features: [{ feature_code: 'play', quantity: '1' }],
  }),
  'AlertService.CreateAlert': (world, label) => ({
    ...{ name: `${label} alert`, account_id: ACCOUNT_ID, thresholds: [{ value: '1' }] },
    figure: { usage: { meter_profile: { meter_id: world.meter } } },
  }),
  'AlertService.GetAlert': (world) => ({ alert_id: world.alert }),
  'AlertService.ListAlerts': () => ({}),
  'AlertService.UpdateAlert': (world, label) => ({
    ...{ alert_id: world.alert, name: `${label} alert renamed`, thresholds: [{ value: '2' }] },
  }),
  'AlertService.ListAlertEvents': () => ({}),
  'AlertService.DeleteAlert': (world) => ({ alert_id: world.alert }),
  'ReservationService.CreateReservation': () => ({
    ...{ account_id: ACCOUNT_ID, feature_code: 'play', quantity: '1' },
  }),
  'ReservationService.GetReservation': (world) => ({ reservation_id: world.reservation }),
  'ReservationService.ListReservations': () => ({ account_id: ACCOUNT_ID }),
  'TestClockService.GetTestClock': () => ({}),
  // When the grace is over.
  'TestClockService.AdvanceTestClock': () => ({ current_time: '2023-11-01T01:00:00Z' }),
  // It has expired, so it can be released, which changes nothing, and then be settled.
  'ReservationService.ReleaseReservation': (world) => ({ reservation_id: world.reservation }),
  'ReservationService.SettleReservation': (world) => ({
    ...{ reservation_id: world.reservation, idempotency_key: 'reserved' },
  }),
  'EntitlementService.EndEntitlement': (world) => ({ entitlement_id: world.entitlement }),
};
