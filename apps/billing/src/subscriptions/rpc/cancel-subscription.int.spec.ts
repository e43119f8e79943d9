import { SubscriptionStatus } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  at,
  allBills,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
  unitFee,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());
beforeEach(async () => {
  organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  // A call every hour.
  world.meteringServer.usage = ({ request: { startTime, endTime } }) => ({
    value: String((msOf(endTime) - msOf(startTime)) / 3_600_000),
  });
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
});

const { NOW, PERIOD_END } = CancelTiming;
const { SCHEDULED, ACTIVE, CANCELLED } = SubscriptionStatus;
const msOf = (time: Timestamp | undefined): number =>
  time === undefined ? NaN : timestampMs(time);

async function cancel(subscriptionId: string, timing: CancelTiming, requestId = '') {
  const request = { subscriptionId, timing, requestId };
  return (await clients.subscriptions.cancelSubscription(request)).subscription;
}

const get = async (subscriptionId: string) =>
  (await clients.subscriptions.getSubscription({ subscriptionId })).subscription;

async function billed(subscriptionId: string) {
  return (await allBills(clients, subscriptionId)).map(({ period, lines, dueTime }) => [
    new Date(msOf(period?.endTime)).toISOString(),
    msOf(dueTime) === msOf(period?.endTime),
    ...lines.map(({ quantity, exactAmount: amount }) => `${quantity} ${amount}`),
  ]);
}

test('cancelled at once, the running cycle is billed up to that instant, flat fees whole, and nothing after it', async () => {
  const plan = await createPlan(clients, flatFee('20'), unitFee('mtr_1', '', '1'));
  const { id } = await subscribe(clients, plan.id);
  await advanceTo(clients, '2024-02-03T12:00:00Z');
  expect(await get(id)).toMatchObject({ status: ACTIVE });
  expect(await cancel(id, NOW)).toMatchObject({
    status: CANCELLED,
    endTime: at('2024-02-03T12:00:00Z'),
    cancelTime: at('2024-02-03T12:00:00Z'),
  });
  await advanceTo(clients, '2025-02-03T12:00:00Z');
  expect(await billed(id)).toEqual([
    ['2024-02-01T00:00:00.000Z', true, '1 20', '744 744'],
    ['2024-02-03T12:00:00.000Z', true, '1 20', '60 60'],
  ]);
  const after = await get(id);
  expect(after).toMatchObject({ status: CANCELLED, endTime: at('2024-02-03T12:00:00Z') });
  expect(after?.currentPeriod).toBeUndefined();
});

test('cancelled at the end of its cycle, that is billed whole, and nothing after it', async () => {
  const { id } = await subscribe(clients, (await createPlan(clients, flatFee('20'))).id);
  await advanceTo(clients, '2024-01-10T00:00:00Z');
  expect(await cancel(id, PERIOD_END)).toMatchObject({
    status: ACTIVE,
    endTime: at('2024-02-01T00:00:00Z'),
    cancelTime: at('2024-01-10T00:00:00Z'),
    currentPeriod: { endTime: at('2024-02-01T00:00:00Z') },
  });
  await advanceTo(clients, '2025-01-10T00:00:00Z');
  expect(await billed(id)).toEqual([['2024-02-01T00:00:00.000Z', true, '1 20']]);
  expect(await get(id)).toMatchObject({ status: CANCELLED });
});

test('cancelled before it starts, nothing is ever billed', async () => {
  const { id } = await subscribe(clients, (await createPlan(clients, flatFee())).id, {
    start: '2024-03-01T00:00:00Z',
  });
  expect(await get(id)).toMatchObject({ status: SCHEDULED });
  expect(await cancel(id, NOW)).toMatchObject({
    status: CANCELLED,
    endTime: at('2024-03-01T00:00:00Z'),
  });
  await advanceTo(clients, '2025-01-10T00:00:00Z');
  expect(await billed(id)).toEqual([]);
});

test('again with the same request id it answers as the first time; another time only an earlier end counts', async () => {
  const { id } = await subscribe(clients, (await createPlan(clients)).id);
  const first = await cancel(id, PERIOD_END, 'r');
  await advanceTo(clients, '2024-01-10T00:00:00Z');
  expect(await cancel(id, PERIOD_END, 'r')).toEqual(first);
  expect(await failureOf(cancel(id, NOW, 'r'))).toMatchObject({ code: 'AlreadyExists' });
  expect(await cancel(id, PERIOD_END)).toMatchObject({ cancelTime: at('2024-01-01T00:00:00Z') });
  expect(await cancel(id, NOW)).toMatchObject({ endTime: at('2024-01-10T00:00:00Z') });
  await advanceTo(clients, '2024-01-20T00:00:00Z');
  expect(await cancel(id, NOW)).toMatchObject({ endTime: at('2024-01-10T00:00:00Z') });
});

test('a subscription that does not exist, and a timing that is left out, are refused', async () => {
  expect(await failureOf(cancel('sub_none', NOW))).toMatchObject({
    code: 'NotFound',
    reason: 'SUBSCRIPTION_NOT_FOUND',
  });
  const { id } = await subscribe(clients, (await createPlan(clients)).id);
  expect(await failureOf(cancel(id, CancelTiming.UNSPECIFIED))).toMatchObject({
    code: 'InvalidArgument',
    fields: ['timing'],
  });
});

test('what has ended takes no fee, and gives no access', async () => {
  const plan = await createPlan(clients);
  const { id, accountId } = await subscribe(clients, plan.id);
  const { feature } = await clients.features.createFeature({ code: 'export', name: 'Export' });
  const grantee = { case: 'planId', value: plan.id } as const;
  await clients.entitlements.createEntitlement({ featureId: feature?.id ?? '', grantee });
  const access = () => clients.entitlements.checkAccess({ accountId, featureCode: 'export' });
  await advanceTo(clients, '2024-01-10T00:00:00Z');
  await cancel(id, PERIOD_END);
  expect(await access()).toMatchObject({ allowed: true, resetTime: at('2024-02-01T00:00:00Z') });
  await cancel(id, NOW);
  expect(await access()).toMatchObject({ allowed: false });
  const added = clients.subscriptions.addSubscriptionFee({ subscriptionId: id, fee: flatFee() });
  expect(await failureOf(added)).toMatchObject({ reason: 'SUBSCRIPTION_ENDED' });
});
