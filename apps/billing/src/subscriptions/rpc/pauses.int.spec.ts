import { timestampMs } from '@bufbuild/protobuf/wkt';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import {
  BilledMeanwhile,
  Proration,
  SubscriptionStatus,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  newOrganisation,
  subscribe,
  unitFee,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let clients: Clients;
let subscriptionId: string;
let accountId: string;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ adjustCycles: 1 });
});
afterAll(() => world.stop());
beforeEach(async () => {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '8', eventCount: 8n });
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
  const platform = {
    name: 'Platform',
    price: { model: { case: 'flat' as const, value: { amount: '31' } } },
    timing: FeeTiming.ADVANCE,
  };
  const plan = await createPlan(clients, platform, unitFee('mtr_1'));
  const { feature } = await clients.features.createFeature({ code: 'calls', name: 'Calls' });
  const grantee = { case: 'planId' as const, value: plan.id };
  await clients.entitlements.createEntitlement({ grantee, featureId: feature?.id ?? '' });
  ({ id: subscriptionId, accountId } = await subscribe(clients, plan.id));
  await advanceTo(clients, '2024-03-11T00:00:00Z');
});

const { NOW, AT_TIME, PERIOD_END } = ChangeTiming;
const told = (bill: Bill | undefined) =>
  bill?.lines.map(({ description, reason, amount }) =>
    [description, LineReason[reason], amount?.amount].join(' '),
  );
const newest = async () => told((await allBills(clients)).at(-1));
const access = async () =>
  (await clients.entitlements.checkAccess({ accountId, featureCode: 'calls' })).allowed;

test('a pause credits what was charged in advance and a resumption charges the rest, exactly as they were shown', async () => {
  const pause = { timing: NOW, proration: Proration.DAY };
  const shown = await clients.subscriptions.previewChange({ subscriptionId, pause });
  expect(told(shown.bill)).toEqual(['Platform PAUSED -21.00']);
  const paused = await clients.subscriptions.pauseSubscription({ subscriptionId, pause });
  expect(paused.subscription).toMatchObject({
    status: SubscriptionStatus.PAUSED,
    pause: { billed: BilledMeanwhile.NOTHING, startTime: at('2024-03-11T00:00:00Z') },
  });
  await advanceTo(clients, '2024-03-21T00:00:00Z');
  expect(await newest()).toEqual(told(shown.bill));
  const resume = { timing: NOW, proration: Proration.DAY };
  const rest = await clients.subscriptions.previewChange({ subscriptionId, resume });
  expect(told(rest.bill)).toEqual(['Platform RESUMED 11.00']);
  const resumed = await clients.subscriptions.resumeSubscription({ subscriptionId, resume });
  expect(resumed.subscription).toMatchObject({ status: SubscriptionStatus.ACTIVE });
  expect(resumed.subscription?.pause).toBeUndefined();
  await advanceTo(clients, '2024-03-31T00:00:00Z');
  expect(await newest()).toEqual(told(rest.bill));
  await advanceTo(clients, '2024-04-01T02:00:00Z');
  // Usage is charged for the two times in which it was not paused.
  expect(await newest()).toEqual([
    'Calls UNSPECIFIED 4.00',
    'Calls UNSPECIFIED 4.00',
    'Platform UNSPECIFIED 31.00',
  ]);
});

test('what is charged meanwhile, and whether features are granted, is as it was asked for', async () => {
  expect(await access()).toBe(true);
  const pause = { timing: PERIOD_END, billed: BilledMeanwhile.RECURRING };
  await clients.subscriptions.pauseSubscription({ subscriptionId, pause });
  await advanceTo(clients, '2024-05-01T02:00:00Z');
  const bills = await allBills(clients);
  // March is whole; in April and May the fee that recurs goes on, and usage is charged no more.
  expect(bills.map(told)).toEqual([
    ['Platform UNSPECIFIED 31.00'],
    ['Calls UNSPECIFIED 4.00', 'Platform UNSPECIFIED 31.00'],
    ['Platform UNSPECIFIED 31.00'],
  ]);
  expect(await access()).toBe(false);
  await clients.subscriptions.resumeSubscription({ subscriptionId, resume: { timing: NOW } });
  const usage = { timing: NOW, billed: BilledMeanwhile.USAGE };
  await clients.subscriptions.pauseSubscription({ subscriptionId, pause: usage });
  expect(await access()).toBe(true);
});

test('a resumption takes back the one that was to come, and of a pause to come all of it', async () => {
  const [from, until] = [at('2024-03-21T00:00:00Z'), at('2024-03-26T00:00:00Z')];
  const pause = { timing: AT_TIME, effectiveTime: from, resumeTime: until };
  await clients.subscriptions.pauseSubscription({ subscriptionId, pause });
  const resume = { timing: NOW };
  await clients.subscriptions.resumeSubscription({ subscriptionId, resume });
  await advanceTo(clients, '2024-03-27T00:00:00Z');
  expect((await allBills(clients)).map(told)).toEqual([['Platform UNSPECIFIED 31.00']]);
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(
    events.map(({ event: { case: kind }, number, effectiveTime: ms }) => {
      return [kind, number, ms && new Date(timestampMs(ms)).toISOString().slice(5, 10)];
    }),
  ).toEqual([
    ['subscribed', 0, '03-01'],
    ['paused', 1, '03-21'],
    ['resumed', 2, '03-26'],
    ['takenBack', 3, '03-11'],
    ['takenBack', 4, '03-11'],
  ]);
});

test('what speaks against a pause or its end is told', async () => {
  const { subscriptions } = clients;
  const pause = { timing: NOW, resumeTime: at('2024-03-11T00:00:00Z') };
  const resume = { timing: NOW };
  expect(await failureOf(subscriptions.pauseSubscription({ subscriptionId, pause }))).toMatchObject(
    { reason: 'CHANGE_INVALID' },
  );
  expect(
    await failureOf(subscriptions.resumeSubscription({ subscriptionId, resume })),
  ).toMatchObject({ reason: 'SUBSCRIPTION_NOT_PAUSED' });
  await subscriptions.pauseSubscription({ subscriptionId, pause: { timing: NOW } });
  expect(
    await failureOf(subscriptions.pauseSubscription({ subscriptionId, pause: { timing: NOW } })),
  ).toMatchObject({ reason: 'SUBSCRIPTION_PAUSED' });
  expect(await failureOf(subscriptions.previewChange({ subscriptionId }))).toMatchObject({
    reason: 'CHANGE_INVALID',
  });
});
