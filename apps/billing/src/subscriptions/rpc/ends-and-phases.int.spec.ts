import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate, timestampMs } from '@bufbuild/protobuf/wkt';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import {
  Proration,
  SubscriptionStatus,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  CancelTiming,
  ChangeTiming,
  type CreateSubscriptionRequestSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { Clients } from '../../testing/clients';
import { changesOf, subscriptionIn } from '../../testing/changes';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  flatFee,
  newOrganisation,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());
beforeEach(async () => {
  clients = replica.as(newOrganisation());
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
});

type Request = Extract<
  MessageInitShape<typeof CreateSubscriptionRequestSchema>,
  { $typeName?: never }
>;

/** A plan of one fee in advance. */
async function planOf(name: string, amount: string): Promise<string> {
  const price = { model: { case: 'flat' as const, value: { amount } } };
  return (await createPlan(clients, { name, price, timing: FeeTiming.ADVANCE })).id;
}

async function subscribed(planId: string, rest: Partial<Request>) {
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  const request = { accountId: account?.id ?? '', planId, ...rest };
  const { subscription } = await clients.subscriptions.createSubscription(request);
  if (subscription === undefined) throw new Error('The subscription was not returned.');
  return subscription;
}

const amounts = async (subscriptionId: string) =>
  (await allBills(clients, subscriptionId))
    .flatMap(({ lines }) => lines)
    .map(({ description, amount }) => `${description} ${amount?.amount}`);

const { AT_TIME } = CancelTiming;

test('an end that is known from the start: the cycle that it lies in is charged by its days, and nothing after it', async () => {
  const small = await planOf('Small', '30');
  const endTime = at('2024-04-11T00:00:00Z');
  const { id, endTime: told } = await subscribed(small, { endTime });
  expect(told).toEqual(endTime);
  const whole = await subscribed(small, { endTime, endProration: Proration.NONE });
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  expect(await amounts(id)).toEqual(['Small 30.00', 'Small 10.00']);
  expect(await amounts(whole.id)).toEqual(['Small 30.00', 'Small 30.00']);
});

test('cancelled at a time to come it ends then, with the refund that was asked for, and not when that is taken back', async () => {
  const small = await planOf('Small', '30');
  const { id: subscriptionId } = await subscribed(small, {});
  const effectiveTime = at('2024-04-16T00:00:00Z');
  const cancellation = { subscriptionId, timing: AT_TIME, refund: Proration.DAY, effectiveTime };
  const { subscription } = await clients.subscriptions.cancelSubscription(cancellation);
  expect(subscription?.endTime).toEqual(effectiveTime);
  const other = await subscribed(small, {});
  await clients.subscriptions.cancelSubscription({ ...cancellation, subscriptionId: other.id });
  const back = await clients.subscriptions.cancelScheduledChange({
    subscriptionId: other.id,
    number: 1,
  });
  expect(back.subscription?.endTime).toBeUndefined();
  await advanceTo(clients, '2024-05-01T00:00:00Z');
  expect(await amounts(subscriptionId)).toEqual(['Small 30.00', 'Small 15.00']);
  expect(await amounts(other.id)).toEqual(['Small 30.00', 'Small 30.00', 'Small 30.00']);
  const again = clients.subscriptions.cancelScheduledChange({ subscriptionId, number: 1 });
  expect(await failureOf(again)).toMatchObject({ reason: 'CHANGE_NOT_SCHEDULED' });
  const past = clients.subscriptions.cancelSubscription({
    ...cancellation,
    subscriptionId: other.id,
  });
  expect(await failureOf(past)).toMatchObject({ reason: 'CHANGE_INVALID' });
});

test('an end is taken back only where nothing of the account stands against it', async () => {
  const small = await planOf('Small', '30');
  const endTime = at('2024-04-01T00:00:00Z');
  const { id: subscriptionId, accountId } = await subscribed(small, { endTime });
  await clients.subscriptions.createSubscription({ accountId, planId: small, startTime: endTime });
  const back = { subscriptionId, number: 1 };
  expect(await failureOf(clients.subscriptions.cancelScheduledChange(back))).toMatchObject({
    reason: 'SUBSCRIPTION_EXISTS',
  });
  await clients.subscriptions.cancelScheduledChange({ ...back, allowDuplicate: true });
});

test('phases are changes that are known from the start, and one that has not begun can be taken back', async () => {
  const [small, large] = [await planOf('Small', '30'), await planOf('Large', '60')];
  const phases: NonNullable<Request['phases']> = [
    { begins: { case: 'afterCycles', value: 1 }, planId: large },
    { begins: { case: 'startTime', value: at('2024-05-16T00:00:00Z') }, planId: small },
  ];
  const { id: subscriptionId } = await subscribed(small, { phases });
  const taken = await subscribed(small, { phases });
  await clients.subscriptions.cancelScheduledChange({ subscriptionId: taken.id, number: 2 });
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(
    events.map(({ event: { case: kind }, effectiveTime: ms }) => {
      return [kind, ms && new Date(timestampMs(ms)).toISOString().slice(5, 10)];
    }),
  ).toEqual([
    ['subscribed', '03-01'],
    ['planChanged', '04-01'],
    ['planChanged', '05-16'],
  ]);
  const change = {
    quantity: '2',
    timing: ChangeTiming.AT_TIME,
    effectiveTime: at('2024-04-01T00:00:00Z'),
  };
  const shown = await clients.subscriptions.previewChange({ subscriptionId, change });
  expect(shown.bill?.lines.map(({ description }) => description)).toEqual(['Large']);
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  expect((await amounts(subscriptionId)).slice(0, 2)).toEqual(['Small 30.00', 'Large 60.00']);
  expect((await amounts(subscriptionId)).at(-1)).toBe('Small 30.00');
  expect(await amounts(taken.id)).toEqual([
    'Small 30.00',
    'Large 60.00',
    'Large 60.00',
    'Large 60.00',
  ]);
});

test('a phase that names the quantity there is holds against one that is agreed meanwhile, and a later end against an earlier one that is taken back', async () => {
  const price = { model: { case: 'perUnit' as const, value: { unitAmount: '1' } } };
  const seats = await createPlan(clients, {
    name: 'Seats',
    price,
    byQuantity: true,
    timing: FeeTiming.ADVANCE,
  });
  const begins = { case: 'afterCycles' as const, value: 2 };
  const phases = [{ begins, quantity: '4' }];
  const { id: subscriptionId } = await subscribed(seats.id, { quantity: '4', phases });
  const change = { quantity: '12', timing: ChangeTiming.PERIOD_END };
  await clients.subscriptions.changeSubscription({ subscriptionId, change });
  const endOf = async (effectiveTime: ReturnType<typeof at>) => {
    const cancellation = { subscriptionId, timing: AT_TIME, effectiveTime };
    return (await clients.subscriptions.cancelSubscription(cancellation)).subscription?.endTime;
  };
  const [early, late] = [at('2024-05-15T00:00:00Z'), at('2024-06-01T00:00:00Z')];
  expect([await endOf(early), await endOf(late)]).toEqual([early, early]);
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  expect(events.map(({ event, number }) => `${number} ${event.case}`)).toEqual([
    '0 subscribed',
    '1 quantityChanged',
    '2 quantityChanged',
    '3 cancelled',
    '4 cancelled',
  ]);
  await clients.subscriptions.cancelScheduledChange({ subscriptionId, number: 3 });
  await advanceTo(clients, '2024-08-01T00:00:00Z');
  const bills = await allBills(clients, subscriptionId);
  const lines = bills.flatMap((bill) => bill.lines);
  expect(lines.map(({ quantity, amount }) => [quantity, amount?.amount])).toEqual([
    ['4', '4.00'],
    ['12', '12.00'],
    ['4', '4.00'],
  ]);
});

test('a phase may name a version, of another plan or of the one before it, and else has the newest published', async () => {
  const [small, large] = [await planOf('Small', '30'), await planOf('Large', '60')];
  const { plans } = clients;
  for (const [planId, amount] of [
    [small, '31'],
    [large, '61'],
  ] as const) {
    const feeId = (await plans.getPlan({ planId })).plan?.fees[0]?.id ?? '';
    const fee = { ...flatFee(amount), name: 'Newer', timing: FeeTiming.ADVANCE };
    const edit = { replaceFees: [{ feeId, fee }] };
    await plans.createPlanVersion({ planId, edit, publish: true });
  }
  await plans.createPlanVersion({ planId: large });
  const after = (value: number) => ({ case: 'afterCycles' as const, value });
  const phases: NonNullable<Request['phases']> = [
    { begins: after(1), planVersion: 2 },
    { begins: after(2), planId: large, planVersion: 1 },
    { begins: after(3), planId: large },
    { begins: after(4), planVersion: 1 },
  ];
  const { id } = await subscribed(small, { planVersion: 1, phases });
  const draft = [...phases.slice(0, 2), { begins: after(3), planVersion: 3 }];
  expect(await failureOf(subscribed(small, { phases: draft }))).toMatchObject({
    ...{ reason: 'PLAN_NOT_FITTING', fields: ['phases[2].plan_version'] },
  });
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId: id });
  const terms = events.map(({ event: { value } }) =>
    value && 'planVersion' in value ? [value.planId, value.planVersion] : [],
  );
  expect(terms).toEqual([
    [small, 1],
    [small, 2],
    [large, 1],
    [large, 2],
    [large, 1],
  ]);
});

test('phases and ends that do not fit are refused by their paths', async () => {
  const small = await planOf('Small', '30');
  const startTime = { case: 'startTime' as const, value: at('2024-03-01T00:00:00Z') };
  const failed = async (rest: Partial<Request>) => {
    const { reason, fields } = await failureOf(subscribed(small, rest));
    return [reason, ...fields];
  };
  expect(await failed({ endTime: at('2024-03-01T00:00:00Z') })).toEqual([
    'SUBSCRIPTION_INVALID',
    'end_time',
  ]);
  expect(await failed({ phases: [{ begins: startTime }] })).toEqual([
    'SUBSCRIPTION_INVALID',
    'phases[0]',
    'phases[0]',
  ]);
  const begins = { case: 'afterCycles' as const, value: 1 };
  expect(await failed({ phases: [{ begins, planId: 'plan_none' }] })).toEqual([
    'PLAN_NOT_FITTING',
    'phases[0].plan_id',
  ]);
});

test('what becomes of a subscription is told once, when it takes effect, as it is then', async () => {
  const id = newOrganisation();
  clients = replica.as(id);
  const { subscriptions } = clients;
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
  const planId = await planOf('Small', '30');
  const { account } = await clients.accounts.createAccount({ name: 'A', requestId: 'a' });
  const accountId = account?.id ?? '';
  const request = {
    ...{ accountId, planId, requestId: 's' },
    trial: { length: { case: 'endTime' as const, value: at('2024-03-11T00:00:00Z') } },
    term: { length: { case: 'months' as const, value: 2 } },
  };
  await subscriptions.createSubscription(request);
  const { subscription } = await subscriptions.createSubscription(request);
  const subscriptionId = subscription?.id ?? '';
  const onTime = (time: string) => {
    return { timing: ChangeTiming.AT_TIME, effectiveTime: at(`2024-${time}T00:00:00Z`) };
  };
  const change = { quantity: '2', ...onTime('03-20') };
  for (let time = 0; time < 2; time += 1)
    await subscriptions.changeSubscription({ subscriptionId, change, requestId: 'c' });
  await subscriptions.pauseSubscription({ subscriptionId, pause: onTime('03-25') });
  await subscriptions.resumeSubscription({ subscriptionId, resume: onTime('03-28') });
  await advanceTo(clients, '2024-03-26T00:00:00Z');
  await advanceTo(clients, '2024-05-20T00:00:00Z');
  const cancellation = { subscriptionId, timing: CancelTiming.PERIOD_END, requestId: 'e' };
  for (let time = 0; time < 2; time += 1) await subscriptions.cancelSubscription(cancellation);
  await advanceTo(clients, '2024-09-01T00:00:00Z');
  const told = await changesOf(replica, id, 'subscription.');
  const textOf = ({ type, occurTime }: (typeof told)[number]) =>
    `${type.slice('subscription.'.length)} ${occurTime && timestampDate(occurTime).toISOString().slice(5, 10)}`;
  expect(told.map(textOf)).toEqual([
    ...['created 03-01', 'trial_ended 03-11', 'changed 03-20', 'paused 03-25', 'resumed 03-28'],
    ...['renewed 05-01', 'cancelled 05-20', 'ended 07-01'],
  ]);
  expect(new Set(told.map(({ eventId }) => eventId)).size).toBe(told.length);
  expect(told.map((each) => [each.objectId, each.accountId, each.isTest])).toEqual(
    told.map(() => [subscriptionId, accountId, false]),
  );
  expect(told.map((each) => [subscriptionIn(each).quantity, subscriptionIn(each).status])).toEqual([
    ...[SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE].map((status) => ['1', status]),
    ...['ACTIVE', 'PAUSED', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'CANCELLED'].map((name) => [
      '2',
      SubscriptionStatus[name as keyof typeof SubscriptionStatus],
    ]),
  ]);
  const bills = await allBills(clients, subscriptionId);
  const billed = await changesOf(replica, id, 'bill.');
  expect(billed.map(({ objectId }) => objectId).sort()).toEqual(
    bills.map((bill) => bill.id).sort(),
  );
});

test('accounts, plans and entitlements are told of when they change, and not when nothing does', async () => {
  const id = newOrganisation();
  const { accounts, plans, features, entitlements } = replica.as(id);
  const testClockTime = at('2024-03-01T00:00:00Z');
  const { account } = await accounts.createAccount({ name: 'A', testClockTime });
  const accountId = account?.id ?? '';
  for (const requestId of ['1', '1', '2'])
    await accounts.updateAccount({ accountId, name: 'B', requestId });
  const { id: planId } = await createPlan(replica.as(id), flatFee());
  await plans.createPlanVersion({ planId });
  for (let time = 0; time < 2; time += 1) {
    await plans.publishPlanVersion({ planId, version: 2 });
    await plans.archivePlanVersion({ planId, version: 1 });
  }
  for (let time = 0; time < 2; time += 1) await plans.archivePlan({ planId });
  const { feature } = await features.createFeature({ code: 'f', name: 'F' });
  const grantee = { case: 'accountId' as const, value: accountId };
  const featureId = feature?.id ?? '';
  const granted = await entitlements.createEntitlement({ featureId, grantee, requestId: 'g' });
  await entitlements.createEntitlement({ featureId, grantee, requestId: 'g' });
  const entitlementId = granted.entitlement?.id ?? '';
  for (const endTime of [at('2024-05-01T00:00:00Z'), at('2024-06-01T00:00:00Z')])
    await entitlements.endEntitlement({ entitlementId, endTime });
  const told = await changesOf(replica, id);
  expect(told.map(({ type, objectId, isTest }) => [type, objectId, isTest])).toEqual([
    ...['created', 'updated', 'updated'].map((name) => [`account.${name}`, accountId, true]),
    ...['published', 'published', 'archived', 'archived'].map((name) => {
      return [`plan.${name}`, planId, false];
    }),
    ...['granted', 'ended'].map((name) => [`entitlement.${name}`, entitlementId, true]),
  ]);
  expect(new Set(told.map(({ eventId }) => eventId)).size).toBe(told.length);
});
