import { TestClockStatus } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import { waitFor } from '@billingrails/testing';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { failureOf } from '../../testing/failure';
import { at, createPlan, flatFee, newOrganisation, subscribe } from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());

test('an organisation lives by the real time until it creates a test clock, then by that', async () => {
  const clients = replica.as(newOrganisation());
  expect((await failureOf(clients.testClock.getTestClock({}))).code).toBe('NotFound');
  const { account: real } = await clients.accounts.createAccount({ name: 'Real' });
  expect(
    Math.abs(Date.now() - timestampMs(real?.createTime ?? at('1970-01-01T00:00:00Z'))),
  ).toBeLessThan(60_000);

  const { testClock } = await clients.testClock.createTestClock({
    currentTime: at('2023-01-01T00:00:00Z'),
  });
  expect(testClock).toMatchObject({
    currentTime: at('2023-01-01T00:00:00Z'),
    status: TestClockStatus.READY,
  });
  const { account } = await clients.accounts.createAccount({ name: 'Test' });
  const plan = await createPlan(clients, flatFee());
  const subscription = await subscribe(clients, plan.id);
  const times = [
    account?.createTime,
    plan.createTime,
    plan.fees[0]?.createTime,
    subscription.createTime,
    subscription.startTime,
  ];
  expect(times).toEqual(Array.from({ length: 5 }, () => at('2023-01-01T00:00:00Z')));
});

test('there is one test clock, and none where subscriptions live by the real time', async () => {
  const clients = replica.as(newOrganisation());
  const create = (requestId = '') =>
    clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z'), requestId });
  const first = await create('r');
  expect(await create('r')).toEqual(first);
  expect(await failureOf(create())).toMatchObject({
    code: 'FailedPrecondition',
    reason: 'CLOCK_DECIDED',
  });

  const real = replica.as(newOrganisation());
  await subscribe(real, (await createPlan(real)).id);
  const late = real.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  expect(await failureOf(late)).toMatchObject({
    code: 'FailedPrecondition',
    reason: 'CLOCK_DECIDED',
  });
});

test('of a test clock and a subscription that are created at the same time, never does a subscription of real time get a test clock', async () => {
  for (let round = 0; round < 20; round += 1) {
    const clients = replica.as(newOrganisation());
    const plan = await createPlan(clients);
    await clients.accounts.createAccount({ accountId: 'acct_1', name: 'Account' });
    const [clock, subscribed] = await Promise.allSettled([
      clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') }),
      clients.subscriptions.createSubscription({ accountId: 'acct_1', planId: plan.id }),
    ]);
    expect(subscribed.status).toBe('fulfilled');
    const startTime =
      subscribed.status === 'fulfilled' ? subscribed.value.subscription?.startTime : undefined;
    const byTestClock =
      startTime !== undefined && timestampMs(startTime) === Date.parse('2023-01-01T00:00:00Z');
    expect(byTestClock).toBe(clock.status === 'fulfilled');
  }
});

test('a test clock moves forward only, by at most two years at once', async () => {
  const clients = replica.as(newOrganisation());
  await clients.testClock.createTestClock({ currentTime: at('2024-02-29T12:00:00Z') });
  const advance = (time: string) => clients.testClock.advanceTestClock({ currentTime: at(time) });
  for (const [time, reason] of [
    ['2024-02-29T11:59:59.999Z', 'TEST_CLOCK_REVERSED'],
    ['2026-02-28T12:00:00.001Z', 'TEST_CLOCK_TOO_FAR'],
  ] as const) {
    expect(await failureOf(advance(time))).toEqual({
      code: 'InvalidArgument',
      reason,
      fields: ['current_time'],
    });
  }
  expect((await advance('2024-02-29T12:00:00Z')).testClock?.status).toBe(TestClockStatus.READY);
  expect((await advance('2026-02-28T12:00:00Z')).testClock?.currentTime).toEqual(
    at('2026-02-28T12:00:00Z'),
  );
  expect((await clients.testClock.getTestClock({})).testClock?.currentTime).toEqual(
    at('2026-02-28T12:00:00Z'),
  );
});

test('the status is ADVANCING exactly while a cycle that ended by the clock is open', async () => {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  const usageFee = {
    name: 'Calls',
    price: { model: { case: 'perUnit', value: { unitAmount: '1' } } } as const,
    meterProfile: { meterId: 'mtr_1' },
  };
  await subscribe(clients, (await createPlan(clients, usageFee)).id);
  let partial = true;
  world.meteringServer.usage = () => ({ value: '1', partial });
  const advance = async (time: string) =>
    (await clients.testClock.advanceTestClock({ currentTime: at(time) })).testClock?.status;
  expect(await advance('2023-01-31T23:59:59.999Z')).toBe(TestClockStatus.READY);
  expect(await advance('2023-02-01T00:00:00Z')).toBe(TestClockStatus.ADVANCING);
  const status = async () => (await clients.testClock.getTestClock({})).testClock?.status;
  expect(await status()).toBe(TestClockStatus.ADVANCING);
  partial = false;
  await waitFor(async () => (await status()) === TestClockStatus.READY, {
    what: 'the cycle to close',
  });
  expect((await clients.bills.listBills({})).bills).toHaveLength(1);
});
