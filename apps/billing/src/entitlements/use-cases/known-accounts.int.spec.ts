import { Proration } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  CancelTiming,
  ChangeTiming,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Db } from 'mongodb';
import { openStores } from '../../store/stores';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import { at, createPlan, newOrganisation, subscribe } from '../../testing/scenario';
import { startWorld, type World } from '../../testing/world';
import { KnownAccounts } from './known-accounts';

let world: World;
let organisationId: OrganisationId;
let here: Clients;
let there: Clients;
let stores: ReturnType<typeof openStores>;
let db: Db;
let as: (organisation: OrganisationId) => { here: Clients; there: Clients };
beforeAll(async () => {
  world = await startWorld();
  const [one, other] = [await world.replica(), await world.replica()];
  ({ db } = one.mongo);
  stores = openStores(db, Date.now, { claimMs: 30_000, joinTries: 10 });
  as = (organisation) => ({ here: one.as(organisation), there: other.as(organisation) });
});
afterAll(() => world.stop());
beforeEach(async () => {
  organisationId = newOrganisation();
  ({ here, there } = as(organisationId));
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '3' });
  await here.testClock.createTestClock({ currentTime: at('2024-02-10T00:00:00Z') });
});

async function metered(): Promise<string> {
  const { feature } = await here.features.createFeature({
    ...{ code: 'calls', name: 'Calls', meterProfile: { meterId: 'mtr_1' } },
  });
  return feature?.id ?? '';
}

test('what another replica grants, subscribes, changes, ends or reserves decides the very next answer', async () => {
  const featureId = await metered();
  const { account } = await here.accounts.createAccount({ name: 'Account' });
  const accountId = account?.id ?? '';
  const check = async () => {
    const access = await here.entitlements.checkAccess({ accountId, featureCode: 'calls' });
    return [access.limit, access.used];
  };
  const grant = async (grantee: object, limit: string) => {
    const request = { featureId, grantee, limit } as Parameters<
      typeof there.entitlements.createEntitlement
    >[0];
    return (await there.entitlements.createEntitlement(request)).entitlement?.id ?? '';
  };
  expect(await check()).toEqual(['', '']);
  const byHand = await grant({ case: 'accountId', value: accountId }, '5');
  expect(await check()).toEqual(['5', '3']);
  await there.entitlements.endEntitlement({ entitlementId: byHand });
  expect(await check()).toEqual(['', '']);

  const [basic, pro] = [await createPlan(here), await createPlan(here)];
  const { id: subscriptionId } = await subscribe(there, basic.id, { accountId });
  expect(await check()).toEqual(['', '']);
  const ofPlan = await grant({ case: 'planId', value: basic.id }, '10');
  expect(await check()).toEqual(['10', '3']);
  await grant({ case: 'planId', value: pro.id }, '20');
  expect(await check()).toEqual(['10', '3']);
  const change = { planId: pro.id, timing: ChangeTiming.NOW, proration: Proration.NONE };
  await there.subscriptions.changeSubscription({ subscriptionId, change });
  expect(await check()).toEqual(['20', '3']);
  await grant({ case: 'subscriptionId', value: subscriptionId }, '7');
  expect(await check()).toEqual(['7', '3']);
  await there.reservations.createReservation({ accountId, featureCode: 'calls', quantity: '2' });
  expect(await check()).toEqual(['7', '5']);
  await there.testClock.advanceTestClock({ currentTime: at('2024-02-10T00:05:00Z') });
  expect(await check()).toEqual(['7', '3']);
  await there.subscriptions.cancelSubscription({ subscriptionId, timing: CancelTiming.NOW });
  await there.entitlements.endEntitlement({ entitlementId: ofPlan });
  await there.testClock.advanceTestClock({ currentTime: at('2024-04-01T00:00:00Z') });
  expect(await check()).toEqual(['', '']);
});

test('what breaks the contract is refused by its fields, though access is asked past the runtime', async () => {
  const of = { accountId: 'acct_1', featureCode: 'calls' };
  for (const [field, wrong] of [
    ['account_id', { accountId: '' }],
    ['feature_code', { featureCode: '' }],
    ['quantity', { quantity: '1e3' }],
  ] as const) {
    const refused = await failureOf(here.entitlements.checkAccess({ ...of, ...wrong }));
    expect(refused).toMatchObject({ code: 'InvalidArgument', fields: [field] });
  }
});

test('an account that has not changed is not read again, and those who ask at once share the look at its version', async () => {
  const featureId = await metered();
  const { account } = await here.accounts.createAccount({ name: 'Account' });
  const accountId = account?.id ?? '';
  const reads = { versions: 0, accounts: 0, features: 0 };
  const known = new KnownAccounts({
    ...stores,
    accessVersions: {
      ...stores.accessVersions,
      read: (accounts) => ((reads.versions += 1), stores.accessVersions.read(accounts)),
    },
    accounts: {
      ...stores.accounts,
      find: (...of) => ((reads.accounts += 1), stores.accounts.find(...of)),
    },
    features: {
      ...stores.features,
      findByCodes: (...of) => ((reads.features += 1), stores.features.findByCodes(...of)),
    },
  });
  const ask = async () => {
    await known.features(organisationId, ['calls']);
    return known.use(organisationId, accountId, async ({ entitlements }) => entitlements.length);
  };
  expect(await ask()).toBe(0);
  expect(await ask()).toBe(0);
  expect(reads).toEqual({ versions: 2, accounts: 1, features: 1 });
  expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array(20).fill(0));
  expect(reads).toEqual({ versions: 3, accounts: 1, features: 1 });
  await there.entitlements.createEntitlement({
    ...{ featureId, grantee: { case: 'accountId', value: accountId }, limit: '1' },
  });
  expect(await ask()).toBe(1);
  expect(reads).toMatchObject({ accounts: 2, features: 1 });
  const missing = known.use(organisationId, 'acct_none', async () => 0);
  await expect(missing).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
});

test('who asks again where the real time counts reads no clock, and a test account is told its own time', async () => {
  const real = newOrganisation();
  const { here: clients } = as(real);
  world.meteringServer.addMeter(real, 'mtr_1', 'calls');
  const meterProfile = { meterId: 'mtr_1' };
  const { feature } = await clients.features.createFeature({
    ...{ code: 'calls', name: 'Calls', meterProfile },
  });
  const featureId = feature?.id ?? '';
  const plan = await createPlan(clients);
  const grantee = { case: 'planId', value: plan.id } as const;
  await clients.entitlements.createEntitlement({ featureId, grantee, limit: '5' });
  const { accountId } = await subscribe(clients, plan.id);
  const check = (of: string) =>
    clients.entitlements.checkAccess({ accountId: of, featureCode: 'calls' });
  await check(accountId);

  await db.command({ profile: 2 });
  expect((await check(accountId)).limit).toBe('5');
  await db.command({ profile: 0 });
  const found = await db.collection('system.profile').find({}).toArray();
  const mine = found.filter(({ command }) => JSON.stringify(command).includes(real));
  const read = new Set(mine.map(({ ns }) => String(ns).split('.').at(-1)));
  expect(read).toContain('access_versions');
  expect(read).not.toContain('clocks');

  const testClockTime = at('2024-01-10T00:00:00Z');
  const { account } = await clients.accounts.createAccount({ name: 'Test', testClockTime });
  const { id: tested } = account ?? { id: '' };
  await subscribe(clients, plan.id, { accountId: tested, start: '2024-01-10T00:00:00Z' });
  for (const _ of ['read', 'known'])
    expect((await check(tested)).resetTime).toEqual(at('2024-02-10T00:00:00Z'));
});
