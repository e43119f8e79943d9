import { FAKE_STRIPE_KEY } from '@billingrails/testing';

/** What the first organisation has made so far: the ids of its things, by kind. */
export type World = Record<
  | 'meter'
  | 'plan'
  | 'product'
  | 'fee'
  | 'subscription'
  | 'feature'
  | 'entitlement'
  | 'unit'
  | 'grant'
  | 'recurring'
  | 'topUpRule'
  | 'reservation'
  | 'taxRate'
  | 'coupon'
  | 'redemption'
  | 'webhookEndpoint'
  | 'spareWebhookEndpoint'
  | 'webhookDelivery'
  | 'alert'
  | 'bill'
  | 'invoice'
  | 'line'
  | 'reissued'
  | 'payment'
  | 'creditNote'
  | 'logo'
  | 'setup'
  | 'apiKey'
  | 'auditRecord',
  string
>;

type Request = (world: World, label: string) => object;

const MONTH_START = '2023-10-01T00:00:00Z';
const MONTH_END = '2023-11-01T00:00:00Z';
const ACCOUNT_ID = 'acct_1';
/** A test account, which is there before all others. */
export const TEST_ACCOUNT_ID = 'acct_test';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A PNG of 16 by 16 pixels. */
const LOGO =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAAK0lEQVR4AaXBAQEAAAiAIHN18+uDMPsIJJJIIokkkkgiiSSSSCKJJJJIogPeyQIAhqpGbQAAAABJRU5ErkJggg==';
const thisMinuteMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;

/**
 * A request for every RPC, in an order in which each finds what it needs. `label` goes into every text the caller is
 * free to choose. The isolation test fails when an RPC has no entry here.
 */
export const isolationRequests: Record<string, Request> = {
  'OrganisationService.CreateOrganisation': (_world, label) => ({ name: `${label} new` }),
  'OrganisationService.GetOrganisation': () => ({}),
  'OrganisationService.ListOrganisations': () => ({}),
  'OrganisationService.UpdateOrganisation': (_world, label) => ({ name: `${label} renamed` }),
  'OrganisationService.UpdateOrganisationLimits': () => ({
    limits: { calls_per_second: '1000000000' },
  }),
  'ApiKeyService.CreateApiKey': (_world, label) => ({ name: `${label} key`, scopes: ['read'] }),
  'ApiKeyService.GetApiKey': (world) => ({ api_key_id: world.apiKey }),
  'ApiKeyService.ListApiKeys': () => ({ include_revoked: true }),
  'ApiKeyService.UpdateApiKey': (world, label) => ({
    ...{ api_key_id: world.apiKey, name: `${label} key renamed` },
  }),
  'ApiKeyService.RotateApiKey': (world) => ({ api_key_id: world.apiKey }),
  'ApiKeyService.RevokeApiKey': (world) => ({ api_key_id: world.apiKey }),
  'TestClockService.CreateTestClock': () => ({ current_time: MONTH_START }),
  'AccountService.CreateAccount': (_world, label) => ({
    account_id: ACCOUNT_ID,
    name: `${label} account`,
    email: `${label}@example.com`,
  }),
  'AccountService.UpdateAccount': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, name: `${label} account`, request_id: 'update' },
  }),
  'AccountService.DeleteTestAccount': () => ({ account_id: TEST_ACCOUNT_ID }),
  'AccountService.GetAccount': () => ({ account_id: ACCOUNT_ID }),
  'AccountService.ListAccounts': () => ({}),
  'WebhookEndpointService.CreateWebhookEndpoint': (_world, label) => ({
    webhook_endpoint: { ...webhookEndpoint(label), disabled: false },
  }),
  'WebhookEndpointService.GetWebhookEndpoint': ofWebhookEndpoint,
  'WebhookEndpointService.ListWebhookEndpoints': () => ({}),
  'WebhookEndpointService.RotateWebhookSecret': ofWebhookEndpoint,
  'WebhookEndpointService.SendTestWebhook': ofWebhookEndpoint,
  'WebhookDeliveryService.ListWebhookDeliveries': ofWebhookEndpoint,
  'WebhookDeliveryService.GetWebhookDelivery': ofWebhookDelivery,
  'WebhookDeliveryService.ReplayWebhookDelivery': ofWebhookDelivery,
  'WebhookDeliveryService.ReplayWebhookEvents': (world) => ({
    ...{ ...ofWebhookEndpoint(world), start_time: MONTH_START },
  }),
  // From then on nothing is sent, so that its log stays as it is.
  'WebhookEndpointService.UpdateWebhookEndpoint': (world, label) => ({
    ...{ ...ofWebhookEndpoint(world), webhook_endpoint: webhookEndpoint(label) },
  }),
  'WebhookEndpointService.DeleteWebhookEndpoint': (world, label) =>
    label === 'first'
      ? { webhook_endpoint_id: world.spareWebhookEndpoint }
      : ofWebhookEndpoint(world),
  'MeterService.CreateMeter': (_world, label) => ({
    name: `${label} meter`,
    event_name: 'Song played',
    profiles: [profile('plays', label)],
  }),
  'MeterService.GetMeter': (world) => ({ meter_id: world.meter }),
  'MeterService.ListMeters': () => ({ include_archived: true }),
  'MeterService.UpdateMeter': (world, label) => ({
    meter_id: world.meter,
    name: `${label} meter renamed`,
  }),
  'MeterService.AddMeterProfile': (world, label) => ({
    meter_id: world.meter,
    profile: profile('other', label),
  }),
  'MeterService.ReviseMeterProfile': (world, label) => ({
    meter_id: world.meter,
    profile: profile('other', label),
    effective_time: MONTH_END,
  }),
  'EventService.IngestEvent': (_world, label) => event(label, 'one'),
  'EventService.IngestEvents': (_world, label) => ({
    events: [event(label, 'two'), event(label, 'three')],
  }),
  'EventService.VoidEvents': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, idempotency_keys: ['three'], request_id: 'void' },
    reason: `${label} reason`,
  }),
  'EventService.AmendEvent': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, event: event(`${label} amended`, 'two'), request_id: 'amend' },
    reason: `${label} reason`,
  }),
  'UsageService.QueryUsage': usageQuery,
  'UsageService.QueryAccountUsage': (world) => ({
    ...{ account_id: ACCOUNT_ID, idempotency_keys: ['one', 'two'] },
    questions: [{ meter_id: world.meter, start_time: MONTH_START, end_time: MONTH_END }],
  }),
  'UsageService.WatchUsage': (world) => ({ query: usageQuery(world) }),
  'UsageService.ExplainUsage': (world) => ({
    ...{ meter_id: world.meter, account_id: ACCOUNT_ID },
    ...{ start_time: MONTH_START, end_time: MONTH_END },
  }),
  'UsageService.VerifyUsage': (world) => ({
    ...{ meter_id: world.meter, start_time: MONTH_START, end_time: MONTH_END },
  }),
  'UsageService.RepairUsage': (world) => ({
    ...{ meter_id: world.meter, start_time: MONTH_START, end_time: MONTH_END },
  }),
  'UsageService.TellUsageChanges': () => ({ account_ids: [ACCOUNT_ID] }),
  'MeterService.PreviewMeter': (_world, label) => ({
    event_name: 'Song played',
    profile: profile('draft', label),
    ...{ start_time: MONTH_START, end_time: MONTH_END },
  }),
  'StoredEventService.ListEvents': () => ({ account_id: ACCOUNT_ID }),
  'StoredEventService.GetEvent': () => ({ idempotency_key: 'one' }),
  'StoredEventService.ListConflicts': () => ({}),
  'StoredEventService.ListCorrections': () => ({}),
  'StoredEventService.GetIngestReport': () => ({
    start_time: new Date(thisMinuteMs - DAY_MS).toISOString(),
    end_time: new Date(thisMinuteMs + DAY_MS).toISOString(),
  }),
  'StoredEventService.ListQuarantinedMessages': () => ({}),
  'StoredEventService.ReplayQuarantinedMessages': () => ({}),
  'PlanService.CreatePlan': (world, label) => ({
    name: `${label} plan`,
    currency_code: 'USD',
    fees: [usageFee(world, label)],
  }),
  'PlanService.GetPlan': (world) => ({ plan_id: world.plan }),
  'PlanService.ListPlans': () => ({}),
  'PlanService.AddPlanFee': (world, label) => ({
    plan_id: world.plan,
    fee: { name: `${label} flat fee`, price: { flat: { amount: '5.00' } } },
  }),
  'PlanService.CreatePlanVersion': (world, label) => ({
    plan_id: world.plan,
    edit: { name: `${label} plan renamed` },
  }),
  'PlanService.EditPlanVersion': (world, label) => ({
    ...{ plan_id: world.plan, version: 3 },
    edit: { name: `${label} plan renamed again` },
  }),
  'PlanService.PublishPlanVersion': (world) => ({ plan_id: world.plan, version: 3 }),
  'PlanService.ListPlanVersions': (world) => ({ plan_id: world.plan }),
  'SubscriptionService.CreateSubscription': (world) => ({
    account_id: ACCOUNT_ID,
    plan_id: world.plan,
    start_time: MONTH_START,
    trial: { end_time: '2024-01-01T00:00:00Z', billed: 'usage', cycles_from_start: true },
  }),
  'SubscriptionService.GetSubscription': (world) => ({ subscription_id: world.subscription }),
  'SubscriptionService.ListSubscriptions': () => ({ account_id: ACCOUNT_ID }),
  'SubscriptionService.AddSubscriptionFee': (world, label) => ({
    subscription_id: world.subscription,
    fee: usageFee(world, label),
  }),
  'BillingSettingsService.UpdateBillingSettings': (world) => ({
    subscription_id: world.subscription,
    settings: { grace: '3600s' },
  }),
  'BillingSettingsService.GetBillingSettings': (world) => ({
    subscription_id: world.subscription,
  }),
  'InvoicingSettingsService.UpdateInvoicingSettings': (_world, label) => ({
    account_id: ACCOUNT_ID,
    settings: { memo: `${label} memo`, purchase_order_number: `${label} order` },
  }),
  'ProductService.CreateProduct': (_world, label) => ({
    ...{ code: 'storage', name: `${label} product`, description: `${label} description` },
  }),
  'ProductService.GetProduct': (world) => ({ product_id: world.product }),
  'ProductService.ListProducts': () => ({}),
  'ProductService.UpdateProduct': (world, label) => ({
    ...{ product_id: world.product, name: `${label} renamed` },
  }),
  'ProductService.ArchiveProduct': (world) => ({ product_id: world.product }),
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
  'BillService.ListBills': () => ({}),
  'BillService.GetBill': (world) => ({ bill_id: world.bill }),
  'BillService.ListBillLines': (world) => ({ bill_id: world.bill }),
  'SubscriptionService.ChangeSubscription': (world) => ({
    subscription_id: world.subscription,
    change: {
      ...{ quantity: '2', timing: 'CHANGE_TIMING_AT_TIME' },
      effective_time: '2023-12-10T00:00:00Z',
    },
  }),
  'SubscriptionService.PreviewChange': (world) => ({
    subscription_id: world.subscription,
    change: { quantity: '2', timing: 'CHANGE_TIMING_NOW' },
  }),
  'SubscriptionService.PreviewSubscription': (world) => ({
    subscription: { account_id: ACCOUNT_ID, plan_id: world.plan, start_time: MONTH_START },
  }),
  'SubscriptionService.PreviewMigration': (world) => ({
    migration: { plan_id: world.plan, timing: 'CHANGE_TIMING_NOW' },
  }),
  'SubscriptionService.MigrateSubscriptions': (world) => ({
    migration: { plan_id: world.plan, timing: 'CHANGE_TIMING_PERIOD_END' },
  }),
  'SubscriptionService.ListSubscriptionEvents': (world) => ({
    subscription_id: world.subscription,
  }),
  'SubscriptionService.ConvertTrial': (world) => ({
    subscription_id: world.subscription,
    conversion: { timing: 'CHANGE_TIMING_NOW' },
  }),
  'SubscriptionService.PauseSubscription': (world) => ({
    subscription_id: world.subscription,
    pause: { timing: 'CHANGE_TIMING_AT_TIME', effective_time: '2023-12-01T00:00:00Z' },
  }),
  'SubscriptionService.ResumeSubscription': (world) => ({
    subscription_id: world.subscription,
    resume: { timing: 'CHANGE_TIMING_AT_TIME', effective_time: '2023-12-05T00:00:00Z' },
  }),
  'SubscriptionService.CancelScheduledChange': (world) => ({
    subscription_id: world.subscription,
    number: 3,
  }),
  'SubscriptionService.CreateOneOffCharge': (world) => ({
    subscription_id: world.subscription,
    description: 'Goodwill',
    amount: '-1',
  }),
  'PriceService.CorrectPrice': (world, label) => ({
    plan_id: world.plan,
    correction: {
      fee_id: world.fee,
      price: { per_unit: { unit_amount: '0.3' } },
      note: `${label} note`,
      effective_time: MONTH_START,
    },
  }),
  'PriceService.PreviewReRate': (world) => ({ scope: { subscription_ids: [world.subscription] } }),
  'PriceService.ReRate': (world) => ({ scope: { subscription_ids: [world.subscription] } }),
  'PriceService.SimulatePlan': (world) => ({
    plan_id: world.plan,
    scope: { subscription_ids: [world.subscription] },
  }),
  'BillService.SweepBills': (world) => ({ scope: { subscription_ids: [world.subscription] } }),
  'BillService.PreviewBill': (world) => ({ subscription_id: world.subscription }),
  'StoredEventService.ListEventAccounts': () => ({}),
  'StoredEventService.SummarizeEventAccounts': () => ({ account_ids: [ACCOUNT_ID] }),
  'AccountService.ListUnbilledAccounts': () => ({}),
  'AccountService.GetUnbilledReport': () => ({}),
  'PlanService.ArchivePlanVersion': (world) => ({ plan_id: world.plan, version: 1 }),
  'PlanService.ArchivePlan': (world) => ({ plan_id: world.plan }),
  'SubscriptionService.CancelSubscription': (world) => ({
    subscription_id: world.subscription,
    timing: 'CANCEL_TIMING_NOW',
  }),
  'InvoicingSettingsService.GetInvoicingSettings': () => ({ account_id: ACCOUNT_ID }),
  'TaxService.CreateTaxRate': (_world, label) => ({
    rate: { name: `${label} tax`, percent: '19', country_code: 'DE', note: `${label} note` },
  }),
  'TaxService.EndTaxRate': (world) => ({ tax_rate_id: world.taxRate, end_time: MONTH_END }),
  'TaxService.ListTaxRates': () => ({ country_code: 'DE' }),
  'TaxService.UpdateTaxSettings': (_world, label) => ({
    settings: { calculation: 'TAX_CALCULATION_RATES', seller: { name: `${label} seller` } },
  }),
  'TaxService.GetTaxSettings': () => ({}),
  'TaxService.SetAccountTaxDetails': (_world, label) => ({
    account_id: ACCOUNT_ID,
    details: { address: { city: `${label} city`, country_code: 'DE' } },
  }),
  'TaxService.GetAccountTaxDetails': () => ({ account_id: ACCOUNT_ID }),
  // Fees are billing's: what is said of one is kept also where there is none.
  'TaxService.SetFeeTax': (_world, label) => ({
    fee_id: 'fee_01hzzzzzzzzzzzzzzzzzzzzzzz',
    tax: { tax_category: `${label} category` },
  }),
  'TaxService.ListFeeTaxes': () => ({}),
  'CouponService.CreateCoupon': (_world, label) => ({
    coupon: { code: 'WELCOME', name: `${label} coupon`, percent_off: '10' },
  }),
  'CouponService.GetCoupon': (world) => ({ coupon_id: world.coupon }),
  'CouponService.ListCoupons': () => ({}),
  'CouponService.RedeemCoupon': () => ({ account_id: ACCOUNT_ID, code: 'WELCOME' }),
  'CouponService.ListCouponRedemptions': () => ({ account_id: ACCOUNT_ID }),
  'CouponService.EndCouponRedemption': (world) => ({
    coupon_redemption_id: world.redemption,
    end_time: MONTH_END,
  }),
  'CouponService.ArchiveCoupon': (world) => ({ coupon_id: world.coupon }),
  'InvoiceService.ListInvoices': () => ({}),
  'InvoiceService.GetInvoice': (world) => ({ invoice_id: world.invoice }),
  'InvoiceService.VoidInvoice': (world, label) => ({
    ...{ invoice_id: world.invoice, reason: `${label} reason`, reissue: true, request_id: 'void' },
  }),
  'InvoiceService.UpdateDraftInvoice': (world, label) => ({
    ...{ invoice_id: world.reissued, memo: `${label} memo`, request_id: 'edit' },
  }),
  'InvoiceService.FinalizeInvoice': (world) => ({
    ...{ invoice_id: world.reissued, request_id: 'final' },
  }),
  'PaymentService.RecordPayment': (world, label) => ({
    ...{ account_id: ACCOUNT_ID, invoice_ids: [world.reissued], reference: `${label} reference` },
    // More than it asks for, so that something can be refunded.
    amount: { currency_code: 'USD', amount: '1000' },
    request_id: 'pay',
  }),
  'PaymentService.GetPayment': (world) => ({ payment_id: world.payment }),
  'PaymentService.ListPayments': () => ({ account_id: ACCOUNT_ID }),
  'PaymentService.RefundPayment': (world, label) => ({
    ...{ payment_id: world.payment, reason: `${label} reason`, request_id: 'refund' },
    amount: { currency_code: 'USD', amount: '0.01' },
  }),
  'PaymentService.ReversePayment': (world, label) => ({
    ...{ payment_id: world.payment, reason: `${label} reason`, request_id: 'reverse' },
  }),
  'PaymentService.ListRefunds': () => ({ account_id: ACCOUNT_ID }),
  // Nothing is connected yet, so this does nothing.
  'CollectionService.DisconnectStripe': () => ({}),
  'CollectionService.ConnectStripe': (_world, label) => ({
    ...{ secret_key: FAKE_STRIPE_KEY, webhook_secret: `whsec_${label}`, request_id: 'connect' },
  }),
  'CollectionService.GetStripeConnection': () => ({}),
  'CollectionService.LinkPaymentCustomer': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, name: `${label} name`, request_id: 'link' },
  }),
  'CollectionService.GetPaymentCustomer': () => ({ account_id: ACCOUNT_ID }),
  'CollectionService.StartPaymentMethodSetup': () => ({
    ...{ account_id: ACCOUNT_ID, request_id: 'setup' },
  }),
  'CollectionService.CompletePaymentMethodSetup': (world) => ({
    ...{ account_id: ACCOUNT_ID, setup_id: world.setup, request_id: 'complete' },
  }),
  'CollectionService.CollectInvoice': (world) => ({
    ...{ invoice_id: world.reissued, request_id: 'collect' },
  }),
  'CollectionService.GetCollection': (world) => ({ invoice_id: world.reissued }),
  'CollectionService.ListPaymentAttempts': () => ({ account_id: ACCOUNT_ID }),
  'InvoiceService.MarkInvoiceUncollectible': (world) => ({
    ...{ invoice_id: world.reissued, request_id: 'mark' },
  }),
  'CreditNoteService.CreateCreditNote': (world, label) => ({
    ...{ invoice_id: world.reissued, reason: `${label} reason`, request_id: 'credit' },
  }),
  'CreditNoteService.GetCreditNote': (world) => ({ credit_note_id: world.creditNote }),
  'CreditNoteService.ListCreditNotes': () => ({ account_id: ACCOUNT_ID }),
  'ReceivableService.GetStatement': () => ({ account_id: ACCOUNT_ID, currency_code: 'USD' }),
  'ReceivableService.RenderStatement': () => ({ account_id: ACCOUNT_ID, currency_code: 'USD' }),
  'ReceivableService.RenderStatementPdf': () => ({ account_id: ACCOUNT_ID, currency_code: 'USD' }),
  'ReceivableService.ListAging': () => ({}),
  'InvoiceService.ListInvoiceLines': (world) => ({ invoice_id: world.invoice }),
  'InvoiceService.ExplainLine': (world) => ({ invoice_id: world.invoice, line_id: world.line }),
  'ExportService.Export': () => ({ dataset: 'EXPORT_DATASET_FOCUS_COSTS' }),
  'InvoiceService.RenderInvoice': (world) => ({ invoice_id: world.invoice }),
  'InvoiceService.RenderInvoicePdf': (world) => ({ invoice_id: world.invoice }),
  // Nobody sells in this world: it is said what is missing.
  'InvoiceService.CreateInvoice': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, currency_code: 'USD', needs_approval: true, request_id: 'hand' },
    lines: [{ description: `${label} line`, quantity: '2', unit_amount: '5.00' }],
  }),
  'InvoiceService.RenderInvoiceXml': (world) => ({ invoice_id: world.reissued }),
  'InvoicingSettingsService.CreateLogo': () => ({ content: LOGO }),
  'InvoicingSettingsService.GetLogo': (world) => ({ logo_id: world.logo }),
  'CreditNoteService.RenderCreditNote': (world) => ({ credit_note_id: world.creditNote }),
  'CreditNoteService.RenderCreditNotePdf': (world) => ({ credit_note_id: world.creditNote }),
  'CreditNoteService.RenderCreditNoteXml': (world) => ({ credit_note_id: world.creditNote }),
  'AuditService.ListAuditRecords': () => ({ page_size: 1_000 }),
  'AuditService.GetAuditRecord': (world) => ({ audit_record_id: world.auditRecord }),
  'AuditService.ExportAuditRecords': () => ({}),
  'AuditService.VerifyAudit': () => ({}),
};

function profile(code: string, label: string) {
  return { code, name: `${label} profile`, aggregation_method: 'AGGREGATION_METHOD_COUNT' };
}

function usageQuery(world: World) {
  return {
    ...{ meter_id: world.meter, start_time: MONTH_START, end_time: MONTH_END },
    wait_for_acknowledged: true,
  };
}

function usageFee(world: World, label: string) {
  return {
    name: `${label} usage fee`,
    price: { per_unit: { unit_amount: '0.25' } },
    meter_profile: { meter_id: world.meter, profile: 'plays' },
  };
}

function event(label: string, key: string) {
  return {
    event_name: 'Song played',
    idempotency_key: key,
    timestamp: '2023-10-05T12:00:00Z',
    properties: { billingrails_account_id: ACCOUNT_ID, note: `${label} note` },
  };
}

/** Nobody listens there. */
export function webhookEndpoint(label: string): object {
  return { url: 'http://127.0.0.1:1/', description: `${label} endpoint`, disabled: true };
}

function ofWebhookEndpoint(world: World): object {
  return { webhook_endpoint_id: world.webhookEndpoint };
}

function ofWebhookDelivery(world: World): object {
  return { webhook_delivery_id: world.webhookDelivery };
}
