import { ACCOUNT_ID, MONTH_START, type Requests, type World } from '../story';

/** Plans, a subscription to one, its settings, and products. */
export const planRequests: Requests = {
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
};

function usageFee(world: World, label: string) {
  return {
    name: `${label} usage fee`,
    price: { per_unit: { unit_amount: '0.25' } },
    meter_profile: { meter_id: world.meter, profile: 'plays' },
  };
}
