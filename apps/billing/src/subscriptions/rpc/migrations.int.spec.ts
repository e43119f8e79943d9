import { FeeTiming, PlanRole } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import {
  CancelTiming,
  ChangeTiming,
  MigrationOutcome,
  type MigrateSubscriptionsResponse,
  type PreviewMigrationResponse,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
} from '../../testing/scenario';
import { startWorld, type World } from '../../testing/world';

let world: World;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  const replica = await world.replica({ adjustCycles: 1 });
  clients = replica.as(newOrganisation());
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
});
afterAll(() => world.stop());

async function collected<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of stream) all.push(each);
  return all;
}

const told = (all: readonly (MigrateSubscriptionsResponse | PreviewMigrationResponse)[]) =>
  all.map(({ subscriptionId, outcome, done, total }) => [
    subscriptionId,
    `${MigrationOutcome[outcome]} ${done}/${total}`,
  ]);

test('all of a version, some or one are migrated as shown, now or at their renewal, and once', async () => {
  const base = { ...flatFee('31'), timing: FeeTiming.ADVANCE };
  const plan = await createPlan(clients, base);
  const planId = plan.id;
  const subs = [await subscribe(clients, planId), await subscribe(clients, planId)];
  const [first = '', second = ''] = subs.map(({ id }) => id);
  const gone = await subscribe(clients, planId);
  await advanceTo(clients, '2024-03-16T00:00:00Z');
  const { subscriptions, plans } = clients;
  await subscriptions.cancelSubscription({ subscriptionId: gone.id, timing: CancelTiming.NOW });
  const edit = {
    replaceFees: [
      { feeId: plan.fees[0]?.id ?? '', fee: { ...flatFee('62'), timing: base.timing } },
    ],
  };
  await plans.createPlanVersion({ planId, edit, publish: true });
  const other = await subscribe(clients, planId);

  const migration = { planId, fromVersions: [1], timing: ChangeTiming.NOW };
  const one = { ...migration, subscriptionIds: [first] };
  const shown = await collected(subscriptions.previewMigration({ migration: one }));
  expect(shown[0]?.bill?.lines.map(({ amount }) => amount?.amount)).toEqual(['-16.00', '32.00']);
  const request = { migration: one, requestId: 'one' };
  expect(told(await collected(subscriptions.migrateSubscriptions(request)))).toEqual([
    [first, 'MIGRATED 1/1'],
  ]);
  await advanceTo(clients, '2024-03-16T00:00:01Z');
  const bill = (await allBills(clients, first)).at(-1);
  expect(bill).toMatchObject({ ...shown[0]?.bill, closeTime: expect.anything() });

  const renewal = { ...migration, timing: ChangeTiming.PERIOD_END };
  const all = await collected(subscriptions.migrateSubscriptions({ migration: renewal }));
  expect(told(all)).toEqual([
    [first, 'UNCHANGED 1/4'],
    [second, 'MIGRATED 2/4'],
    [gone.id, 'UNCHANGED 3/4'],
    [other.id, 'UNCHANGED 4/4'],
  ]);
  const again = { migration: renewal, afterSubscriptionId: first };
  expect(told(await collected(subscriptions.migrateSubscriptions(again)))).toMatchObject([
    [second, 'UNCHANGED 1/3'],
    [gone.id, 'UNCHANGED 2/3'],
    [other.id, 'UNCHANGED 3/3'],
  ]);
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  const renewed = (await allBills(clients, second)).at(-1);
  expect(renewed?.lines.map(({ amount }) => amount?.amount)).toEqual(['62.00']);
});

test('a subscription that was changed back is not changed again under the same request_id', async () => {
  const { id: planId } = await createPlan(clients);
  const { id: subscriptionId } = await subscribe(clients, planId);
  await clients.plans.addPlanFee({ planId, fee: flatFee('1') });
  const { subscriptions } = clients;
  const request = {
    migration: { planId, toVersion: 2, timing: ChangeTiming.NOW },
    requestId: 'again',
  };
  await collected(subscriptions.migrateSubscriptions(request));
  const change = { planVersion: 1, timing: ChangeTiming.NOW };
  await subscriptions.changeSubscription({ subscriptionId, change });
  await collected(subscriptions.migrateSubscriptions(request));
  const { subscription } = await subscriptions.getSubscription({ subscriptionId });
  expect(subscription).toMatchObject({ planVersion: 1 });
});

test('what is refused for one does not stop the others, and a version that is no published one is refused whole', async () => {
  const { id: planId } = await createPlan(clients);
  const [one, two] = [await subscribe(clients, planId), await subscribe(clients, planId)];
  const { plan: yen } = await clients.plans.createPlan({ name: 'Yen', currencyCode: 'JPY' });
  const { subscriptions } = clients;
  const migration = { planId, toPlanId: yen?.id ?? '', timing: ChangeTiming.NOW };
  const all = await collected(subscriptions.migrateSubscriptions({ migration }));
  expect(all).toMatchObject(
    [one, two].map(({ id }) => ({ subscriptionId: id, reason: 'PLAN_NOT_FITTING' })),
  );
  await clients.plans.createPlanVersion({ planId });
  const draft = { planId, toVersion: 2, timing: ChangeTiming.NOW };
  expect(
    await failureOf(collected(subscriptions.migrateSubscriptions({ migration: draft }))),
  ).toMatchObject({ reason: 'PLAN_NOT_FITTING', fields: ['migration.to_version'] });
});

test('an add-on is migrated as a plan is, and each subscription keeps as many of it', async () => {
  const { subscriptions, plans } = clients;
  const plan = await createPlan(clients, flatFee('1'));
  const perDevice = (unitAmount: string) => ({
    ...{ name: 'Device', timing: FeeTiming.ADVANCE, byQuantity: true },
    price: { model: { case: 'perUnit' as const, value: { unitAmount } } },
  });
  const addOnOf = async (unitAmount: string) => {
    const draft = { name: 'Add-on', currencyCode: 'USD', role: PlanRole.ADD_ON };
    const made = await plans.createPlan({ ...draft, fees: [perDevice(unitAmount)] });
    return made.plan;
  };
  const [devices, others] = [await addOnOf('3'), await addOnOf('5')];
  const [devicesId, othersId] = [devices?.id ?? '', others?.id ?? ''];
  const { id: without } = await subscribe(clients, plan.id);
  const { id } = await subscribe(clients, plan.id);
  const attach = async (planId: string, quantity: string) => {
    const change = { timing: ChangeTiming.NOW, addOns: [{ planId, quantity }] };
    await subscriptions.changeSubscription({ subscriptionId: id, change });
  };
  await attach(devicesId, '4');
  const feeId = devices?.fees[0]?.id ?? '';
  const edit = { replaceFees: [{ feeId, fee: perDevice('6') }] };
  await plans.createPlanVersion({ planId: devicesId, edit, publish: true });
  const migration = { planId: devicesId, timing: ChangeTiming.NOW };
  const shown = await collected(subscriptions.previewMigration({ migration }));
  expect(told(shown)).toEqual([[id, 'MIGRATED 1/1']]);
  expect(shown[0]?.bill?.lines.map(({ amount }) => amount?.amount)).toEqual(['24.00', '-12.00']);
  const migrated = async (asked: typeof migration & { readonly toPlanId?: string }) =>
    told(await collected(subscriptions.migrateSubscriptions({ migration: asked })));
  expect(await migrated(migration)).toEqual([[id, 'MIGRATED 1/1']]);
  expect(await migrated(migration)).toEqual([[id, 'UNCHANGED 1/1']]);
  const addOns = async (subscriptionId: string) =>
    (await subscriptions.getSubscription({ subscriptionId })).subscription?.addOns;
  expect(await addOns(id)).toMatchObject([{ planId: devicesId, planVersion: 2, quantity: '4' }]);
  await attach(othersId, '1');
  expect(await migrated({ ...migration, toPlanId: othersId })).toEqual([[id, 'MIGRATED 1/1']]);
  expect(await addOns(id)).toMatchObject([{ planId: othersId, planVersion: 1, quantity: '5' }]);
  expect(await addOns(without)).toEqual([]);
  const wrong = { ...migration, toPlanId: plan.id };
  expect(
    await failureOf(collected(subscriptions.migrateSubscriptions({ migration: wrong }))),
  ).toMatchObject({ reason: 'PLAN_NOT_FITTING', fields: ['migration.to_plan_id'] });
});
