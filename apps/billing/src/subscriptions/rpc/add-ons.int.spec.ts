import { FeeTiming, PlanRole } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { Proration } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import { sentMessages } from '../../testing/billing-messages';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  newOrganisation,
  unitFee,
  type FeeInit,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ adjustCycles: 1 });
});
afterAll(() => world.stop());
beforeEach(async () => {
  organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '8', eventCount: 8n });
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
});

const flatOf = (amount: string) => ({ model: { case: 'flat' as const, value: { amount } } });
const unitOf = (unitAmount: string) => {
  return { model: { case: 'perUnit' as const, value: { unitAmount } } };
};
const base: FeeInit = { name: 'Base', price: flatOf('31'), timing: FeeTiming.ADVANCE };
const device: FeeInit = {
  ...{ name: 'Device', price: unitOf('31'), timing: FeeTiming.ADVANCE, byQuantity: true },
};
const delivery: FeeInit = { name: 'Delivery', price: flatOf('9'), timing: FeeTiming.ONCE };

async function createAddOn(...fees: FeeInit[]) {
  const request = { name: 'Add-on', currencyCode: 'USD', role: PlanRole.ADD_ON, fees };
  const { plan } = await clients.plans.createPlan(request);
  if (plan === undefined) throw new Error('The add-on was not returned.');
  return plan;
}

async function subscribed(planId: string, addOns: { planId: string; quantity: string }[] = []) {
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  const request = { accountId: account?.id ?? '', planId, addOns };
  const { subscription } = await clients.subscriptions.createSubscription(request);
  return { subscriptionId: subscription?.id ?? '', accountId: account?.id ?? '' };
}

const told = (bill: Bill | undefined) =>
  bill?.lines.map(({ description, kind, reason, amount }) =>
    [description, LineKind[kind], LineReason[reason], amount?.amount].join(' '),
  );
/** What invoicing is told of the only bill. */
const posted = async () => {
  const sent = async () =>
    (await sentMessages(replica.bus)).find(
      ({ content }) => content.organisationId === organisationId,
    );
  return (await waitFor(sent, { what: 'the message of the bill' })).content;
};
const newest = async () => (await allBills(clients)).at(-1);
const now = { timing: ChangeTiming.NOW, proration: Proration.DAY };
const atEnd = { timing: ChangeTiming.PERIOD_END };

test('an add-on is attached, changed and detached as it was shown, and taken back before it takes effect', async () => {
  const plan = await createPlan(clients, base);
  const addOn = await createAddOn(device, delivery, unitFee('mtr_1'));
  expect(addOn.role).toBe(PlanRole.ADD_ON);
  const { subscriptionId } = await subscribed(plan.id);
  const { subscriptions } = clients;
  await advanceTo(clients, '2024-03-11T00:00:00Z');
  const change = { ...now, addOns: [{ planId: addOn.id, quantity: '2' }] };
  const { bill: shown } = await subscriptions.previewChange({ subscriptionId, change });
  expect(told(shown)).toEqual([
    'Device RECURRING ADD_ON_CHANGED 42.00',
    'Delivery ONE_OFF UNSPECIFIED 9.00',
  ]);
  const { subscription } = await subscriptions.changeSubscription({ subscriptionId, change });
  expect(subscription?.addOns).toMatchObject([{ planId: addOn.id, planVersion: 1, quantity: '2' }]);
  await advanceTo(clients, '2024-03-21T00:00:00Z');
  expect(await newest()).toMatchObject({ ...shown, closeTime: expect.anything() });
  const less = { ...now, addOns: [{ planId: addOn.id, quantity: '1' }] };
  await subscriptions.changeSubscription({ subscriptionId, change: less });
  const none = { ...atEnd, addOns: [{ planId: addOn.id, quantity: '0' }] };
  const detached = await subscriptions.changeSubscription({ subscriptionId, change: none });
  expect(detached.subscription?.addOns).toMatchObject([{ quantity: '1' }]);
  await subscriptions.cancelScheduledChange({ subscriptionId, number: 3 });
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  expect((await allBills(clients)).slice(2).map(told)).toEqual([
    ['Device ADJUSTMENT ADD_ON_CHANGED -22.00', 'Device ADJUSTMENT ADD_ON_CHANGED 11.00'],
    [
      'Calls USAGE UNSPECIFIED 4.00',
      'Base RECURRING UNSPECIFIED 31.00',
      'Device RECURRING UNSPECIFIED 31.00',
    ],
  ]);
  const { events } = await subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(
    events.map(({ event }) =>
      event.case === 'addOnChanged' ? event.value.addOn?.quantity : event.case,
    ),
  ).toEqual(['subscribed', '2', '1', '0', 'takenBack']);
});

test('a subscription begins with its add-ons, and what is charged once; invoicing is told whose lines are whose', async () => {
  const plan = await createPlan(clients, base);
  const addOn = await createAddOn(device, delivery);
  const { subscriptionId } = await subscribed(plan.id, [{ planId: addOn.id, quantity: '3' }]);
  await advanceTo(clients, '2024-03-01T00:00:01Z');
  expect(told(await newest())).toEqual([
    'Base RECURRING UNSPECIFIED 31.00',
    'Device RECURRING UNSPECIFIED 93.00',
    'Delivery ONE_OFF UNSPECIFIED 9.00',
  ]);
  const { bill: header, lines } = await posted();
  expect(header?.planId).toBe(plan.id);
  // Empty: of the bill's plan.
  expect(lines.map(({ planId }) => planId)).toEqual(['', addOn.id, addOn.id]);
  await clients.plans.createPlanVersion({ planId: addOn.id, publish: true });
  const change = { ...now, addOns: [{ planId: addOn.id, planVersion: 2, quantity: '3' }] };
  const { bill } = await clients.subscriptions.previewChange({ subscriptionId, change });
  expect(bill).toBeUndefined();
});

test('what is no add-on, has another currency, is named twice or prices usage of another subscription is refused', async () => {
  const [plan, other] = [await createPlan(clients, base), await createPlan(clients, base)];
  const { subscriptions } = clients;
  const { subscriptionId, accountId } = await subscribed(plan.id);
  const euros = { name: 'Euros', currencyCode: 'EUR', role: PlanRole.ADD_ON };
  const { plan: foreign } = await clients.plans.createPlan(euros);
  const committing = clients.plans.createPlan({ ...euros, commitment: { amount: '1' } });
  expect(await failureOf(committing)).toMatchObject({ fields: ['commitment'] });
  const usage = await createAddOn(unitFee('mtr_1'));
  const refused = (...addOns: { planId: string; quantity: string }[]) =>
    failureOf(subscriptions.changeSubscription({ subscriptionId, change: { ...now, addOns } }));
  const fields = ['change.add_ons[0].plan_id'];
  for (const planId of [other.id, foreign?.id ?? '', 'plan_none'])
    expect(await refused({ planId, quantity: '1' })).toMatchObject({
      ...{ reason: 'PLAN_NOT_FITTING', fields },
    });
  const twice = { planId: usage.id, quantity: '1' };
  expect(await refused(twice, twice)).toMatchObject({ fields: ['change.add_ons[1].plan_id'] });
  const subscribing = subscriptions.createSubscription({ accountId, planId: usage.id });
  expect(await failureOf(subscribing)).toMatchObject({ fields: ['plan_id'] });
  const calls = await createPlan(clients, unitFee('mtr_1'));
  await subscriptions.createSubscription({ accountId, planId: calls.id });
  expect(await refused(twice)).toMatchObject({ reason: 'USAGE_CHARGED_TWICE' });
  const allowed = { ...now, addOns: [twice], allowSharedUsage: true };
  await subscriptions.changeSubscription({ subscriptionId, change: allowed });
  const third = await createPlan(clients, base, unitFee('mtr_1'));
  const again = subscriptions.createSubscription({ accountId, planId: third.id });
  expect(await failureOf(again)).toMatchObject({ reason: 'USAGE_CHARGED_TWICE' });
});

test('a price for one subscription is agreed from an instant on, a fee is removed, and charged as listed again', async () => {
  const plan = await createPlan(clients, base, unitFee('mtr_1'));
  const [baseId = '', callsId = ''] = plan.fees.map(({ id }) => id);
  const { subscriptionId } = await subscribed(plan.id);
  const { subscriptions } = clients;
  await advanceTo(clients, '2024-03-11T00:00:00Z');
  const ownPrice = (feeId: string, price: FeeInit['price'] & object) => ({
    ...{ feeId, charged: { case: 'ownPrice' as const, value: { price } } },
  });
  const change = { ...now, fees: [ownPrice(baseId, flatOf('62')), ownPrice(callsId, unitOf('2'))] };
  const { bill } = await subscriptions.previewChange({ subscriptionId, change });
  expect(told(bill)).toEqual([
    'Base ADJUSTMENT FEE_CHANGED -21.00',
    'Base ADJUSTMENT FEE_CHANGED 42.00',
  ]);
  const { subscription } = await subscriptions.changeSubscription({ subscriptionId, change });
  expect(subscription?.feeChanges).toMatchObject([{ feeId: baseId }, { feeId: callsId }]);
  await advanceTo(clients, '2024-03-21T00:00:00Z');
  expect(await newest()).toMatchObject({ ...bill, closeTime: expect.anything() });
  const charged = { case: 'removed' as const, value: {} };
  const removed = { ...atEnd, fees: [{ feeId: callsId, charged }] };
  await subscriptions.changeSubscription({ subscriptionId, change: removed });
  const listed = { case: 'listed' as const, value: {} };
  const again = { ...now, fees: [{ feeId: baseId, charged: listed }] };
  await subscriptions.changeSubscription({ subscriptionId, change: again });
  await advanceTo(clients, '2024-05-01T00:00:00Z');
  expect((await allBills(clients)).slice(2).map(told)).toEqual([
    ['Base ADJUSTMENT FEE_CHANGED -22.00', 'Base ADJUSTMENT FEE_CHANGED 11.00'],
    [
      'Calls USAGE UNSPECIFIED 4.00',
      'Calls USAGE UNSPECIFIED 16.00',
      'Base RECURRING UNSPECIFIED 31.00',
    ],
    ['Base RECURRING UNSPECIFIED 31.00'],
  ]);
  const refused = (...fees: (typeof change)['fees']) =>
    failureOf(subscriptions.changeSubscription({ subscriptionId, change: { ...now, fees } }));
  expect(await refused(ownPrice('fee_none', flatOf('1')))).toMatchObject({
    reason: 'FEE_NOT_FOUND',
  });
  expect(await refused(ownPrice(callsId, flatOf('1')))).toMatchObject({
    fields: ['change.fees[0].own_price.meter_profile'],
  });
});

test('a phase has add-ons, prices and discounts of its own, each from when it begins', async () => {
  const plan = await createPlan(clients, base);
  const addOn = await createAddOn({
    name: 'Support',
    price: flatOf('10'),
    timing: FeeTiming.ADVANCE,
  });
  const [[ofPlan], [support]] = [plan.fees, addOn.fees];
  const begins = (value: number) => ({ case: 'afterCycles' as const, value });
  const own = (feeId: string | undefined, amount: string) => ({
    feeId: feeId ?? '',
    charged: { case: 'ownPrice' as const, value: { price: flatOf(amount) } },
  });
  const phases = [
    {
      begins: begins(1),
      addOns: [{ planId: addOn.id, quantity: '1' }],
      fees: [own(ofPlan?.id, '20'), own(support?.id, '8')],
    },
    {
      begins: begins(2),
      addOns: [{ planId: addOn.id, quantity: '0' }],
      addedDiscounts: [{ percentOff: '50', lasts: { case: 'cycles' as const, value: 1 } }],
    },
  ];
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  const request = { accountId: account?.id ?? '', planId: plan.id };
  const asked = (rest: object) => clients.subscriptions.createSubscription({ ...request, ...rest });
  const { subscription } = await asked({ phases });
  const subscriptionId = subscription?.id ?? '';
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  const lines = (await allBills(clients, subscriptionId)).flatMap((bill) => bill.lines);
  expect(lines.map(({ description, amount }) => `${description} ${amount?.amount}`)).toEqual([
    ...['Base 31.00', 'Base 20.00', 'Support 8.00', 'Base 10.00', 'Base 20.00'],
  ]);
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(events.map(({ event }) => event.case)).toEqual([
    ...['subscribed', 'addOnChanged', 'feeChanged', 'feeChanged'],
    ...['discountAdded', 'addOnChanged'],
  ]);
  const refused = (...phase: object[]) => failureOf(asked({ phases: phase, allowDuplicate: true }));
  const missing = { begins: begins(1), fees: [own(support?.id, '8')] };
  expect(await refused(missing)).toMatchObject({ reason: 'FEE_NOT_FOUND' });
  const once = { planId: addOn.id, quantity: '1' };
  expect(await refused({ begins: begins(1), addOns: [once, once] })).toMatchObject({
    ...{ reason: 'SUBSCRIPTION_INVALID', fields: ['phases[0].add_ons[1].plan_id'] },
  });
  const none = { planId: 'plan_none', quantity: '1' };
  expect(await refused({ begins: begins(1), addOns: [none] })).toMatchObject({
    fields: ['phases[0].add_ons[0].plan_id'],
  });
});
