import { ACCOUNT_ID, MONTH_START, type Requests } from '../story';

/** Bills of the month, changes of the subscription and of prices, and its end. */
export const billRequests: Requests = {
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
};
