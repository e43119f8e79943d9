import { timestampMs } from '@bufbuild/protobuf/wkt';
import { AccessReason } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { FeatureKind } from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import { at, createPlan, flatFee, newOrganisation, subscribe } from '../../testing/scenario';
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
  clients = replica.as(organisationId);
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '30.5' });
  world.meteringServer.down = false;
  await clients.testClock.createTestClock({ currentTime: at('2024-01-31T00:00:00Z') });
});

type Grantee = { planId: string } | { subscriptionId: string };

async function metered(): Promise<string> {
  const { feature } = await clients.features.createFeature({
    code: 'calls',
    name: 'Calls',
    meterProfile: { meterId: 'mtr_1' },
  });
  return feature?.id ?? '';
}

async function grant(featureId: string, to: Grantee, limit = '', more = {}): Promise<string> {
  const grantee =
    'planId' in to
      ? ({ case: 'planId', value: to.planId } as const)
      : ({ case: 'subscriptionId', value: to.subscriptionId } as const);
  const { entitlement } = await clients.entitlements.createEntitlement({
    ...{ featureId, grantee, limit },
    ...more,
  });
  return entitlement?.id ?? '';
}

const check = (
  accountId: string,
  more: { quantity?: string; consistencyToken?: string; featureCode?: string } = {},
) => clients.entitlements.checkAccess({ accountId, featureCode: 'calls', ...more });

test('a plan grants its subscribers a limit a cycle; used is the usage of the cycle up to the present', async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId, { timeZone: 'Africa/Abidjan' });
  const entitlementId = await grant(await metered(), { planId }, '100');
  await clients.testClock.advanceTestClock({ currentTime: at('2024-02-10T00:00:00.001Z') });
  expect(await check(accountId, { consistencyToken: 'token' })).toMatchObject({
    allowed: true,
    used: '30.5',
    limit: '100',
    remaining: '69.5',
    resetTime: at('2024-02-29T00:00:00Z'),
    entitlementId,
  });
  expect(world.meteringServer.askedBy(organisationId)).toMatchObject([
    {
      organisationId,
      request: {
        meterId: 'mtr_1',
        profile: 'calls',
        accountIds: [accountId],
        startTime: at('2024-01-31T00:00:00Z'),
        endTime: at('2024-02-10T00:00:00.001Z'),
        timeZone: 'Africa/Abidjan',
        consistencyToken: 'token',
        waitForAcknowledged: false,
      },
    },
  ]);
  expect((await check(accountId, { quantity: '69.5' })).allowed).toBe(true);
  expect((await check(accountId, { quantity: '069.51' })).allowed).toBe(false);
});

test('what a cycle leaves rolls over into the next, as far as late events still leave it', async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId);
  const rollover = { rolloverPeriods: 1, rolloverMaximum: '5' };
  await grant(await metered(), { planId }, '10', rollover);
  const { entitlements } = await clients.entitlements.listEntitlements({});
  expect(entitlements).toMatchObject([rollover]);
  const used = { first: '7', second: '2' };
  world.meteringServer.usage = ({ request: { startTime } }) => ({
    value: startTime && timestampMs(startTime) < Date.UTC(2024, 1, 20) ? used.first : used.second,
  });
  expect(await check(accountId)).toMatchObject({ limit: '10', rolledOver: '', used: '7' });
  await clients.testClock.advanceTestClock({ currentTime: at('2024-03-10T00:00:00Z') });
  const answer = { limit: '13', rolledOver: '3', used: '2', remaining: '11' };
  expect(await check(accountId)).toMatchObject(answer);
  used.first = '9';
  expect(await check(accountId, { quantity: '9' })).toMatchObject({ limit: '11', allowed: true });
});

test('events dated after the present are not used yet; in a first millisecond it counts that millisecond', async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId);
  await grant(await metered(), { planId }, '3000');
  // A level of 1 since the cycle began, in seconds; more is dated later.
  world.meteringServer.usage = ({ request: { startTime, endTime } }) => {
    const heldMs = endTime && startTime ? timestampMs(endTime) - timestampMs(startTime) : NaN;
    return { value: String(heldMs / 1000) };
  };
  expect(await check(accountId)).toMatchObject({ used: '0.001', allowed: true });
  await clients.testClock.advanceTestClock({ currentTime: at('2024-01-31T01:00:00Z') });
  expect(await check(accountId)).toMatchObject({
    used: '3600',
    allowed: false,
    resetTime: at('2024-02-29T00:00:00Z'),
  });
});

test('the cycle is the one that holds the present even while an earlier one waits to be closed', async () => {
  const { id: planId } = await createPlan(clients, {
    ...flatFee(),
    price: { model: { case: 'perUnit', value: { unitAmount: '1' } } },
    meterProfile: { meterId: 'mtr_1' },
  });
  const { accountId } = await subscribe(clients, planId);
  await grant(await metered(), { planId }, '100');
  // Closing waits: usage of a closing period is partial for ever.
  world.meteringServer.usage = ({ request }) => ({
    value: '1',
    partial: request.waitForAcknowledged,
  });
  await clients.testClock.advanceTestClock({ currentTime: at('2024-03-15T00:00:00Z') });
  expect(await check(accountId)).toMatchObject({
    used: '1',
    resetTime: at('2024-03-31T00:00:00Z'),
  });
  expect((await clients.bills.listBills({})).bills).toEqual([]);
});

test("a subscription's own entitlement comes before its plan's", async () => {
  const { id: planId } = await createPlan(clients);
  const [one, two] = [await subscribe(clients, planId), await subscribe(clients, planId)];
  const featureId = await metered();
  await grant(featureId, { planId }, '100');
  const own = await grant(featureId, { subscriptionId: one.id }, '10');
  expect(await check(one.accountId)).toMatchObject({
    entitlementId: own,
    allowed: false,
    limit: '10',
    remaining: '0',
  });
  expect(await check(two.accountId)).toMatchObject({ allowed: true, limit: '100' });
});

test('of several subscriptions of an account the one with the most left answers', async () => {
  const [small, large] = [await createPlan(clients), await createPlan(clients)];
  const { accountId } = await subscribe(clients, small.id);
  await clients.subscriptions.createSubscription({
    accountId,
    planId: large.id,
    startTime: at('2024-01-15T00:00:00Z'),
  });
  const featureId = await metered();
  await grant(featureId, { planId: small.id }, '50');
  const best = await grant(featureId, { planId: large.id }, '60');
  expect(await check(accountId)).toMatchObject({
    entitlementId: best,
    resetTime: at('2024-02-15T00:00:00Z'),
  });
});

test('a subscription that has not started grants nothing, nor does one without an entitlement', async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId, { start: '2024-02-01T00:00:00Z' });
  const { accountId: entitledToNothing } = await subscribe(clients, (await createPlan(clients)).id);
  await grant(await metered(), { planId });
  for (const id of [accountId, entitledToNothing]) {
    expect(await check(id)).toMatchObject({
      allowed: false,
      used: '',
      limit: '',
      remaining: '',
      entitlementId: '',
    });
    expect((await check(id)).resetTime).toBeUndefined();
  }
  expect(world.meteringServer.askedBy(organisationId)).toEqual([]);
});

test('a feature without a meter is on with an entitlement, and takes no limit', async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId);
  const { feature } = await clients.features.createFeature({ code: 'export', name: 'Export' });
  const limited = {
    featureId: feature?.id ?? '',
    grantee: { case: 'planId', value: planId } as const,
    limit: '1',
  };
  expect(await failureOf(clients.entitlements.createEntitlement(limited))).toMatchObject({
    code: 'InvalidArgument',
    fields: ['limit'],
  });
  const entitlementId = await grant(feature?.id ?? '', { planId });
  expect(await check(accountId, { featureCode: 'export' })).toMatchObject({
    allowed: true,
    used: '',
    limit: '',
    remaining: '',
    entitlementId,
    resetTime: at('2024-02-29T00:00:00Z'),
  });
});

test('an entitlement without a limit allows everything, and a maximum of nothing is 0 used', async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId);
  await grant(await metered(), { planId });
  world.meteringServer.usage = () => ({ value: '' });
  expect(await check(accountId, { quantity: '1000000' })).toMatchObject({
    allowed: true,
    used: '0',
    limit: '',
    remaining: '',
  });
});

test('usage that cannot be read, or only in part, is no answer', async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId);
  await grant(await metered(), { planId }, '100');
  world.meteringServer.usage = () => ({ value: '1', partial: true });
  expect(await failureOf(check(accountId))).toMatchObject({
    code: 'Unavailable',
    reason: 'USAGE_PARTIAL',
  });
  world.meteringServer.down = true;
  expect(await failureOf(check(accountId))).toMatchObject({
    code: 'Unavailable',
    reason: 'METERING_UNAVAILABLE',
  });
});

test('an account or a feature that does not exist is not found', async () => {
  await clients.accounts.createAccount({ accountId: 'acct_1', name: 'Account' });
  expect(await failureOf(check('acct_1'))).toMatchObject({
    code: 'NotFound',
    reason: 'FEATURE_NOT_FOUND',
  });
  await metered();
  expect(await failureOf(check('acct_none'))).toMatchObject({
    code: 'NotFound',
    reason: 'ACCOUNT_NOT_FOUND',
  });
  expect(await check('acct_1')).toMatchObject({ allowed: false });
});

test('several features are one question to metering, answered in the order asked', async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId);
  await grant(await metered(), { planId }, '31');
  world.meteringServer.addMeter(organisationId, 'mtr_2', 'seats');
  const seats = await clients.features.createFeature({
    ...{ code: 'seats', name: 'Seats', meterProfile: { meterId: 'mtr_2' } },
  });
  await grant(seats.feature?.id ?? '', { planId }, '30');
  await clients.features.createFeature({ code: 'export', name: 'Export' });
  const level = await clients.features.createFeature({
    ...{ code: 'level', name: 'Level', kind: FeatureKind.STATIC },
  });
  await clients.entitlements.createEntitlement({
    featureId: level.feature?.id ?? '',
    ...{ grantee: { case: 'accountId', value: accountId }, value: '{"quality":"high"}' },
  });
  const asking = jest.spyOn(replica.metering, 'accountUsage');
  const { accesses } = await clients.entitlements.batchCheckAccess({
    accountId,
    features: [
      ...[{ featureCode: 'seats' }, { featureCode: 'export' }, { featureCode: 'level' }],
      { featureCode: 'calls', quantity: '0.5' },
    ],
    consistencyToken: 'token',
  });
  expect(asking).toHaveBeenCalledTimes(1);
  asking.mockRestore();
  expect(accesses).toMatchObject([
    { featureCode: 'seats', allowed: false, reason: AccessReason.LIMIT_REACHED },
    { featureCode: 'export', allowed: false, reason: AccessReason.NOT_GRANTED },
    { featureCode: 'level', allowed: true, value: '{"quality":"high"}' },
    { featureCode: 'calls', allowed: true, reason: AccessReason.WITHIN_LIMIT, used: '30.5' },
  ]);
  const asked = world.meteringServer.askedBy(organisationId);
  expect(new Set(asked.map(({ request }) => request.consistencyToken))).toEqual(new Set(['token']));
});

test("an account's own grants add up with its subscription's, until they are ended", async () => {
  const { id: planId } = await createPlan(clients);
  const { accountId } = await subscribe(clients, planId);
  const featureId = await metered();
  await grant(featureId, { planId }, '20');
  expect(await check(accountId)).toMatchObject({ allowed: false, limit: '20' });
  const own = {
    ...{ featureId, limit: '10', grace: '1' },
    grantee: { case: 'accountId', value: accountId } as const,
    reset: { period: { case: 'billingCycle', value: true } as const },
  };
  const { entitlement } = await clients.entitlements.createEntitlement(own);
  expect(entitlement).toMatchObject({ ...own, startTime: at('2024-01-31T00:00:00Z') });
  await clients.entitlements.createEntitlement(own);
  const both = { allowed: true, limit: '40', grace: '2', remaining: '9.5' };
  expect(await check(accountId)).toMatchObject(both);
  const endTime = at('2024-02-01T00:00:00Z');
  const entitlementId = entitlement?.id ?? '';
  await clients.entitlements.endEntitlement({ entitlementId, endTime });
  expect(await check(accountId)).toMatchObject(both);
  await clients.testClock.advanceTestClock({ currentTime: endTime });
  expect(await check(accountId)).toMatchObject({
    ...{ allowed: true, reason: AccessReason.WITHIN_GRACE, limit: '30', remaining: '0' },
  });
  const past = clients.entitlements.endEntitlement({
    entitlementId,
    endTime: at('2024-01-31T12:00:00Z'),
  });
  expect(await failureOf(past)).toMatchObject({ reason: 'ENTITLEMENT_END_PAST' });
});

test('a plan has a feature once at a time, also of grants at once; after its end it may have it again', async () => {
  const { id: planId } = await createPlan(clients);
  const featureId = await metered();
  const grantee = { case: 'planId', value: planId } as const;
  const { entitlements } = clients;
  const both = await Promise.allSettled(
    ['5', '6'].map((limit) => entitlements.createEntitlement({ featureId, grantee, limit })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const { entitlements: found } = await entitlements.listEntitlements({ featureId });
  const endTime = at('2024-02-01T00:00:00Z');
  await entitlements.endEntitlement({ entitlementId: found[0]?.id ?? '', endTime });
  const again = { featureId, grantee };
  expect(await failureOf(entitlements.createEntitlement(again))).toMatchObject({
    ...{ code: 'AlreadyExists', reason: 'ENTITLEMENT_EXISTS' },
  });
  const { entitlement } = await entitlements.createEntitlement({ ...again, startTime: endTime });
  expect(entitlement?.startTime).toEqual(endTime);
});
