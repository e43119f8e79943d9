import { fromBinary } from '@bufbuild/protobuf';
import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { consumeDurable, type Consumption } from '@billingrails/bus';
import { AccountDeletedSchema } from '@billingrails/contracts/billingrails/bus/v1/account_deleted_pb';
import { AlertPeriod } from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { createLogger } from '@billingrails/log';
import { waitFor } from '@billingrails/testing';
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
  unitFee,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let consumption: Consumption | undefined;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(async () => {
  await consumption?.close();
  await world.stop();
});

const testAccount = async (clients: Clients, accountId: string, time: string) => {
  const testClockTime = at(time);
  const { account } = await clients.accounts.createAccount({
    accountId,
    name: 'Test',
    testClockTime,
  });
  expect(account).toMatchObject({ id: accountId, isTest: true, createTime: testClockTime });
};

const dayOf = (time: Timestamp | undefined) =>
  time && new Date(timestampMs(time)).toISOString().slice(0, 10);

test('a test account lives by its own clock, and nobody else does: all that falls due happens in order', async () => {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '10', partial: false });
  const clients = replica.as(organisationId);
  const advance = { ...flatFee('31.00'), timing: FeeTiming.ADVANCE };
  const plan = await createPlan(clients, advance, unitFee('mtr_1'));
  const real = await subscribe(clients, plan.id);
  await testAccount(clients, 'acct_past', '2023-01-01T00:00:00Z');
  await testAccount(clients, 'acct_next', '2040-01-01T00:00:00Z');

  // Its clock is of another time than that of the plan, whose fees count all the same.
  const past = await subscribe(clients, plan.id, { accountId: 'acct_past' });
  const next = await subscribe(clients, plan.id, { accountId: 'acct_next' });
  expect([dayOf(past.startTime), dayOf(next.startTime)]).toEqual(['2023-01-01', '2040-01-01']);
  await advanceTo(clients, '2023-03-01T00:00:00Z', 'acct_past');
  const bills = await allBills(clients, past.id);
  expect(bills.map(({ dueTime, total }) => [dayOf(dueTime), total?.amount])).toEqual([
    ['2023-01-01', '31.00'],
    ['2023-02-01', '36.00'],
    ['2023-03-01', '36.00'],
  ]);
  await waitFor(async () => (await allBills(clients, next.id)).length === 1, {
    what: 'the first fee in advance of the account in the future',
  });
  expect(dayOf(real.startTime)).toBe(new Date().toISOString().slice(0, 10));
  expect(await failureOf(clients.testClock.getTestClock({}))).toMatchObject({
    code: 'NotFound',
    reason: 'TEST_CLOCK_NOT_FOUND',
  });
  const { testClock } = await clients.testClock.getTestClock({ accountId: 'acct_next' });
  expect(testClock).toMatchObject({
    accountId: 'acct_next',
    currentTime: at('2040-01-01T00:00:00Z'),
  });

  // An alert watches each account by the time that it lives by.
  const meterProfile = { meterId: 'mtr_1' };
  await clients.alerts.createAlert({
    name: 'Usage',
    figure: { figure: { case: 'usage', value: { meterProfile, period: AlertPeriod.MONTH } } },
    thresholds: [{ value: '5' }],
  });
  await waitFor(
    async () => {
      const { alertEvents } = await clients.alerts.listAlertEvents({});
      const days = alertEvents.map(({ accountId, period }) => [
        accountId,
        dayOf(period?.startTime),
      ]);
      return days.some(([id, day]) => id === 'acct_past' && day === '2023-03-01');
    },
    { what: 'the alert of the past' },
  );

  // A plan's price that is corrected by the organisation's time reaches who lives in the future, too.
  await advanceTo(clients, '2040-02-01T00:00:00Z', 'acct_next');
  await clients.prices.correctPrice({
    target: { case: 'planId', value: plan.id },
    correction: {
      feeId: plan.fees[1]?.id ?? '',
      price: { model: { case: 'perUnit', value: { unitAmount: '0.4' } } },
      effectiveTime: at('2040-02-01T00:00:00Z'),
    },
  });
  await advanceTo(clients, '2040-03-01T00:00:00Z', 'acct_next');
  const later = (await allBills(clients, next.id)).filter(
    ({ dueTime }) => dayOf(dueTime) === '2040-03-01',
  );
  expect(later.map(({ total }) => total?.amount)).toEqual(['35.00']);
});

test('a test account is by itself: neither above another account nor below one', async () => {
  const clients = replica.as(newOrganisation());
  await testAccount(clients, 'acct_test', '2023-01-01T00:00:00Z');
  await clients.accounts.createAccount({ accountId: 'acct_real', name: 'Real' });
  const refused = { code: 'InvalidArgument', fields: ['parent_account_id'] };
  const of = (accountId: string, parentAccountId: string) =>
    clients.accounts.updateAccount({ accountId, parentAccountId });
  expect(await failureOf(of('acct_test', 'acct_real'))).toMatchObject(refused);
  expect(await failureOf(of('acct_real', 'acct_test'))).toMatchObject(refused);
});

test('a deleted test account leaves nothing but its id, and no other account can be deleted', async () => {
  const organisationId = newOrganisation();
  const told: string[] = [];
  consumption = await consumeDurable(replica.bus, {
    stream: 'BILLING',
    durable: 'told',
    subject: 'billing.account_deleted',
    logger: createLogger({ service: 'test', level: 'silent' }),
    handler: async ({ data }) => {
      told.push(fromBinary(AccountDeletedSchema, data).accountId);
    },
  });
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = replica.as(organisationId);
  const plan = await createPlan(clients, flatFee());
  const accountId = 'acct_gone';
  await testAccount(clients, accountId, '2023-01-01T00:00:00Z');
  const { id: subscriptionId } = await subscribe(clients, plan.id, { accountId });
  await advanceTo(clients, '2023-02-01T00:00:00Z', accountId);
  const { feature } = await clients.features.createFeature({ code: 'x', name: 'X', kind: 1 });
  for (const grantee of [
    { case: 'accountId', value: accountId },
    { case: 'subscriptionId', value: subscriptionId },
  ] as const)
    await clients.entitlements.createEntitlement({ featureId: feature?.id ?? '', grantee });
  const rates = [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }];
  const { creditUnit } = await clients.credits.createCreditUnit({ code: 'c', name: 'C', rates });
  const credits = { accountId, creditUnitId: creditUnit?.id ?? '', amount: '1' };
  await clients.credits.createCreditGrant(credits);
  // What is left is too little: it is topped up at once, by the account's own time.
  const { topUpRule } = await clients.topUps.createTopUpRule({
    ...{ accountId, subscriptionId, creditUnitId: credits.creditUnitId },
    terms: { threshold: '2', amount: '5', price: '1' },
  });
  expect(topUpRule?.createTime).toEqual(at('2023-02-01T00:00:00Z'));
  const topUpRuleId = topUpRule?.id ?? '';
  await waitFor(
    async () => {
      const { topUps } = await clients.topUps.listTopUps({ topUpRuleId });
      return topUps[0] !== undefined && dayOf(topUps[0].time) === '2023-02-01';
    },
    { what: 'the top-up' },
  );
  await clients.settings.updateBillingSettings({
    owner: { case: 'accountId', value: accountId },
    settings: {},
  });

  const remove = (id: string) => clients.accounts.deleteTestAccount({ accountId: id });
  const { account: other } = await clients.accounts.createAccount({ name: 'Real' });
  expect(await failureOf(remove(other?.id ?? ''))).toMatchObject({
    code: 'FailedPrecondition',
    reason: 'ACCOUNT_NOT_TEST',
  });
  expect(await failureOf(remove('acct_none'))).toMatchObject({ code: 'NotFound' });
  await remove(accountId);
  await remove(accountId);
  for (const asked of [
    clients.accounts.getAccount({ accountId }),
    clients.testClock.getTestClock({ accountId }),
    clients.subscriptions.getSubscription({ subscriptionId }),
  ])
    expect(await failureOf(asked)).toMatchObject({ code: 'NotFound' });
  expect(
    await failureOf(clients.accounts.createAccount({ accountId, name: 'Again' })),
  ).toMatchObject({
    code: 'AlreadyExists',
  });
  const { accounts } = await clients.accounts.listAccounts({});
  expect(accounts.map(({ id }) => id)).toEqual([other?.id]);

  const { db } = replica.mongo;
  const collections = (await db.listCollections().toArray()).map(({ name }) => name);
  const traces = async () => {
    const found: string[] = [];
    for (const name of collections.filter((each) => !KEPT.has(each)))
      for (const doc of await db.collection(name).find().toArray()) {
        const text = JSON.stringify(doc);
        if (text.includes(accountId) || text.includes(subscriptionId))
          found.push(`${name} ${text}`);
      }
    return found;
  };
  await waitFor(async () => (await traces()).length === 1 && told.includes(accountId), {
    what: 'all but the account to be deleted',
  });
  expect(await traces()).toEqual([expect.stringMatching(/^accounts .*"name":"","email":""/)]);
});

/** What vanishes by itself, answers to requests and messages that are sent; and a number that only rises. */
const KEPT = new Set(['requests', 'outbox', 'access_versions']);
