import { timestampMs } from '@bufbuild/protobuf/wkt';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { Proration } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import {
  CancelTiming,
  ChangeTiming,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { derivedId, type OrganisationId } from '@billingrails/ids';
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

const fee = (name: string, amount: string): FeeInit => ({
  name,
  price: { model: { case: 'flat', value: { amount } } },
  timing: FeeTiming.ADVANCE,
});
const seats: FeeInit = {
  name: 'Seats',
  price: { model: { case: 'perUnit', value: { unitAmount: '10' } } },
  timing: FeeTiming.ADVANCE,
  byQuantity: true,
};

async function subscribed(quantity: string, ...fees: FeeInit[]) {
  const plan = await createPlan(clients, ...fees);
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  const request = { accountId: account?.id ?? '', planId: plan.id, quantity };
  const { subscription } = await clients.subscriptions.createSubscription(request);
  const id = subscription?.id ?? '';
  await advanceTo(clients, '2024-03-15T00:00:00Z');
  return { id, planId: plan.id };
}

const told = (bill: Bill | undefined) =>
  bill?.lines.map(({ description, kind, reason, amount }) =>
    [description, LineKind[kind], LineReason[reason], amount?.amount].join(' '),
  );

const newest = async () => (await allBills(clients)).at(-1);

test('a change of plan inside a cycle is two lines, a credit and a charge, exactly as they were shown', async () => {
  const { id } = await subscribed('1', fee('Small', '10'));
  const { id: planId } = await createPlan(clients, fee('Large', '20'));
  const change = { planId, timing: ChangeTiming.NOW, proration: Proration.DAY };
  const shown = await clients.subscriptions.previewChange({ subscriptionId: id, change });
  expect(told(shown.bill)).toEqual([
    'Small ADJUSTMENT PLAN_CHANGED -5.48',
    'Large RECURRING PLAN_CHANGED 10.97',
  ]);
  expect(await allBills(clients)).toHaveLength(1);
  const changed = await clients.subscriptions.changeSubscription({ subscriptionId: id, change });
  expect(changed.subscription).toMatchObject({ planId });
  await advanceTo(clients, '2024-03-15T00:00:01Z');
  expect(await newest()).toMatchObject({ ...shown.bill, closeTime: expect.anything() });
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  expect(told(await newest())).toEqual(['Large RECURRING UNSPECIFIED 20.00']);
});

test.each([
  [
    Proration.SECOND,
    ['Seats ADJUSTMENT QUANTITY_CHANGED -10.97', 'Seats ADJUSTMENT QUANTITY_CHANGED 27.42'],
  ],
  [Proration.NONE, undefined],
])('a change of quantity by %s is charged so', async (proration, lines) => {
  const { id } = await subscribed('2', seats);
  const change = { quantity: '5', timing: ChangeTiming.NOW, proration };
  const { bill } = await clients.subscriptions.previewChange({ subscriptionId: id, change });
  expect(told(bill)).toEqual(lines);
  await clients.subscriptions.changeSubscription({ subscriptionId: id, change });
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  const bills = await allBills(clients);
  if (lines !== undefined) expect(told(bills[1])).toEqual(lines);
  expect(told(bills.at(-1))).toEqual(['Seats RECURRING UNSPECIFIED 50.00']);
});

test('a change at the end of the period or at a time to come is billed then, and shown before', async () => {
  const { id } = await subscribed('2', seats);
  const later = { quantity: '3', timing: ChangeTiming.PERIOD_END };
  const shown = await clients.subscriptions.previewChange({ subscriptionId: id, change: later });
  expect(told(shown.bill)).toEqual(['Seats RECURRING UNSPECIFIED 30.00']);
  await clients.subscriptions.changeSubscription({ subscriptionId: id, change: later });
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  expect(told(await newest())).toEqual(told(shown.bill));
  const inApril = {
    quantity: '6',
    timing: ChangeTiming.AT_TIME,
    effectiveTime: at('2024-04-16T00:00:00Z'),
  };
  const change = await clients.subscriptions.previewChange({ subscriptionId: id, change: inApril });
  expect(told(change.bill)).toEqual([
    'Seats ADJUSTMENT QUANTITY_CHANGED -15.00',
    'Seats ADJUSTMENT QUANTITY_CHANGED 30.00',
  ]);
  await clients.subscriptions.changeSubscription({ subscriptionId: id, change: inApril });
  await advanceTo(clients, '2024-04-16T00:00:00Z');
  expect(await newest()).toMatchObject({ ...change.bill, closeTime: expect.anything() });
});

test('discounts begin and are taken away as they were shown, and all of it is listed', async () => {
  const { id: subscriptionId } = await subscribed('1', fee('Small', '30'), unitFee('mtr_1'));
  const request = { timing: ChangeTiming.NOW, proration: Proration.UNSPECIFIED };
  const welcome = {
    ...{ name: 'Welcome', amountOff: '33' },
    lasts: { case: 'cycles' as const, value: 2 },
  };
  const change = { ...request, addedDiscounts: [welcome, { percentOff: '10' }] };
  const shown = await clients.subscriptions.previewChange({ subscriptionId, change });
  expect(told(shown.bill)).toEqual([
    ...['Small ADJUSTMENT DISCOUNT_CHANGED -30.00', 'Small ADJUSTMENT DISCOUNT_CHANGED 27.00'],
    'Welcome (Small) DISCOUNT UNSPECIFIED -27.00',
  ]);
  const { subscription } = await clients.subscriptions.changeSubscription({
    ...{ subscriptionId, change, requestId: 'discounts' },
  });
  await advanceTo(clients, '2024-03-15T00:00:01Z');
  expect(await newest()).toMatchObject({ ...shown.bill, closeTime: expect.anything() });
  const [, tenth] = subscription?.discounts ?? [];
  expect(subscription?.discounts).toMatchObject([
    { ...welcome, id: expect.stringMatching(/^dsc_/) },
    { percentOff: '10', startTime: at('2024-03-15T00:00:00Z') },
  ]);
  const gone = { ...request, removedDiscountIds: [tenth?.id ?? ''] };
  const { subscription: left } = await clients.subscriptions.changeSubscription({
    ...{ subscriptionId, change: gone },
  });
  expect(left?.discounts).toHaveLength(1);
  await advanceTo(clients, '2024-04-01T01:00:00Z');
  const lines = (await allBills(clients)).slice(2).flatMap((bill) => told(bill) ?? []);
  expect(lines.sort()).toEqual(
    [
      ...['Calls USAGE UNSPECIFIED 3.60', 'Welcome (Calls) DISCOUNT UNSPECIFIED -3.60'],
      ...['Small RECURRING UNSPECIFIED 30.00', 'Welcome (Small) DISCOUNT UNSPECIFIED -30.00'],
    ].sort(),
  );
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(events.map(({ event }) => event.case)).toEqual([
    ...['subscribed', 'discountAdded', 'discountAdded', 'discountRemoved'],
  ]);
});

test('discounts that cannot be are refused by their fields', async () => {
  const { id: subscriptionId } = await subscribed('1', fee('Small', '30'));
  const asked = (change: object) =>
    failureOf(
      clients.subscriptions.changeSubscription({
        ...{ subscriptionId, change: { timing: ChangeTiming.NOW, ...change } },
      }),
    );
  const before = { case: 'endTime' as const, value: at('2024-03-15T00:00:00Z') };
  expect(
    await asked({
      addedDiscounts: [
        {},
        { percentOff: '5', amountOff: '5' },
        { percentOff: '101' },
        { amountOff: '0' },
        { amountOff: '5', lasts: before },
      ],
    }),
  ).toMatchObject({
    reason: 'CHANGE_INVALID',
    fields: [0, 1, 2, 3, 4].map((index) => {
      const field = ['percent_off', 'percent_off', 'percent_off', 'amount_off', 'end_time'][index];
      return `change.added_discounts[${index}].${field ?? ''}`;
    }),
  });
  const feeId = derivedId('fee', 'none');
  expect(await asked({ addedDiscounts: [{ percentOff: '5', feeId }] })).toMatchObject({
    reason: 'FEE_NOT_FOUND',
  });
  expect(await asked({ removedDiscountIds: [derivedId('dsc', 'none')] })).toMatchObject({
    reason: 'DISCOUNT_NOT_FOUND',
  });
});

test('cancelled with a refund, what was charged in advance for the time after is credited', async () => {
  const { id } = await subscribed('1', fee('Small', '31'));
  await clients.subscriptions.cancelSubscription({
    subscriptionId: id,
    timing: CancelTiming.NOW,
    refund: Proration.DAY,
  });
  await advanceTo(clients, '2024-05-01T00:00:00Z');
  const bills = await allBills(clients);
  expect(bills.map(told)).toEqual([
    ['Small RECURRING UNSPECIFIED 31.00'],
    ['Small ADJUSTMENT CANCELLED -17.00'],
  ]);
  expect(bills[1]?.total?.amount).toBe('-17.00');
});

test('amounts by hand are on a bill of their own or on the next, once', async () => {
  const { id } = await subscribed('1', fee('Small', '10'));
  const charge = (description: string, amount: string, billNow: boolean) =>
    clients.subscriptions.createOneOffCharge({ subscriptionId: id, description, amount, billNow });
  const { chargeId } = await charge('Goodwill', '-2.50', false);
  expect(await allBills(clients)).toHaveLength(1);
  await charge('Set-up', '99', true);
  await advanceTo(clients, '2024-03-15T00:00:01Z');
  const bill = await newest();
  expect(told(bill)).toEqual([
    'Goodwill ONE_OFF UNSPECIFIED -2.50',
    'Set-up ONE_OFF UNSPECIFIED 99.00',
  ]);
  expect(bill?.lines[0]?.chargeId).toBe(chargeId);
  await advanceTo(clients, '2024-05-01T00:00:00Z');
  expect((await allBills(clients)).slice(2).map(told)).toEqual([
    ['Small RECURRING UNSPECIFIED 10.00'],
    ['Small RECURRING UNSPECIFIED 10.00'],
  ]);
});

test('a preview shows the running cycle with its usage so far, and makes nothing', async () => {
  const { id } = await subscribed('1', fee('Small', '10'), unitFee('mtr_1', '', '0.5'));
  const { bill } = await clients.bills.previewBill({ subscriptionId: id });
  expect(told(bill)).toEqual(['Calls USAGE UNSPECIFIED 4.00']);
  expect(bill?.lines[0]?.period?.endTime).toEqual(at('2024-03-15T00:00:00Z'));
  expect(await allBills(clients)).toHaveLength(1);
});

test('a preview forecasts the bill at its end by the pace so far and what is agreed until then', async () => {
  const highest = world.meteringServer.addMeter(organisationId, 'mtr_2', 'highest').profiles[0];
  if (highest !== undefined) highest.aggregationMethod = AggregationMethod.MAX;
  const level = { ...unitFee('mtr_2', '', '2'), name: 'Level' };
  const { id } = await subscribed('1', seats, unitFee('mtr_1', '', '0.5'), level);
  const effectiveTime = at('2024-03-22T00:00:00Z');
  const more = { quantity: '32', timing: ChangeTiming.AT_TIME, effectiveTime };
  const change = { ...more, proration: Proration.DAY };
  await clients.subscriptions.changeSubscription({ subscriptionId: id, change });
  const asked = () => world.meteringServer.askedBy(organisationId).length;
  const before = asked();
  const { bill, forecast } = await clients.bills.previewBill({ subscriptionId: id });
  // Each profile once for both.
  expect(asked() - before).toBe(2);
  const seatsChanged = [
    'Seats ADJUSTMENT QUANTITY_CHANGED -3.23',
    'Seats ADJUSTMENT QUANTITY_CHANGED 103.23',
  ];
  const level16 = 'Level USAGE UNSPECIFIED 16.00';
  expect(told(bill)).toEqual([...seatsChanged, 'Calls USAGE UNSPECIFIED 4.00', level16]);
  // 8 calls in 14 of 31 days are 18 in all; what was billed in advance is not on it.
  expect(told(forecast)).toEqual([...seatsChanged, 'Calls USAGE UNSPECIFIED 9.00', level16]);
  expect(forecast?.dueTime).toEqual(at('2024-04-01T00:00:00Z'));
  expect(forecast?.id).toBe(bill?.id);
  expect(await allBills(clients)).toHaveLength(1);
});

test('there is no forecast at the instant at which a cycle begins', async () => {
  const { id } = await subscribed('1', unitFee('mtr_1', '', '0.5'));
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  expect((await clients.bills.previewBill({ subscriptionId: id })).forecast).toBeUndefined();
});

test('all that was agreed is listed with when it takes effect and when it became known', async () => {
  const { id, planId } = await subscribed('2', seats);
  const effectiveTime = at('2024-03-20T00:00:00Z');
  const change = { quantity: '3', timing: ChangeTiming.AT_TIME, effectiveTime };
  await clients.subscriptions.changeSubscription({ subscriptionId: id, change });
  await clients.subscriptions.addSubscriptionFee({ subscriptionId: id, fee: fee('Extra', '1') });
  const listed: (readonly unknown[])[] = [];
  let pageToken = '';
  do {
    const page = { subscriptionId: id, pageSize: 1, pageToken };
    const answer = await clients.subscriptions.listSubscriptionEvents(page);
    for (const { event, knownTime, effectiveTime: from } of answer.events)
      listed.push([event.case, ...[knownTime, from].map((time) => time && timestampMs(time))]);
    pageToken = answer.nextPageToken;
  } while (pageToken !== '');
  const [start, now] = [Date.UTC(2024, 2, 1), Date.UTC(2024, 2, 15)];
  expect(listed).toEqual([
    ['subscribed', start, start],
    ['feeAdded', now, now],
    ['quantityChanged', now, Date.UTC(2024, 2, 20)],
  ]);
  expect(planId).toMatch(/^plan_/);
});

test('what speaks against a change is answered by path', async () => {
  const { id: subscriptionId } = await subscribed('1', seats);
  const { plan } = await clients.plans.createPlan({ name: 'Yen', currencyCode: 'JPY' });
  const failure = (
    change: Parameters<Clients['subscriptions']['changeSubscription']>[0]['change'],
  ) =>
    failureOf(
      clients.subscriptions.changeSubscription({ subscriptionId, ...(change && { change }) }),
    );
  const { NOW, AT_TIME } = ChangeTiming;
  expect(await failure({ timing: NOW })).toMatchObject({ reason: 'CHANGE_INVALID' });
  expect(await failure({ timing: AT_TIME, quantity: '2' })).toMatchObject({
    reason: 'CHANGE_INVALID',
  });
  expect(
    await failure({ timing: AT_TIME, quantity: '2', effectiveTime: at('2024-03-14T00:00:00Z') }),
  ).toMatchObject({ reason: 'CHANGE_INVALID' });
  expect(await failure({ timing: NOW, planId: plan?.id ?? '' })).toMatchObject({
    reason: 'PLAN_NOT_FITTING',
  });
});
