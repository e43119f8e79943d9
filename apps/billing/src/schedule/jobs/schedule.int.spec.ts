import type { OrganisationId } from '@billingrails/ids';
import { fakeClock, waitFor } from '@billingrails/testing';
import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { timestampMs } from '@bufbuild/protobuf/wkt';
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
import { startWorld, type World } from '../../testing/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.meteringServer.usage = () => ({ value: '7' });
});

test('a year on a test clock closes at once, cycle by cycle, each due at its own end, and the 31st comes back', async () => {
  const replica = await world.replica();
  const clients = replica.as(newOrganisation());
  await clients.testClock.createTestClock({ currentTime: at('2023-01-31T00:00:00Z') });
  await subscribe(clients, (await createPlan(clients, flatFee())).id);
  await advanceTo(clients, '2024-01-31T00:00:00Z');
  const periods = await allBills(clients);
  expect(periods.map(({ cycle }) => cycle)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(
    periods.map(({ period }) =>
      new Date(timestampMs(period?.endTime as never)).toISOString().slice(5, 10),
    ),
  ).toEqual([
    '02-28',
    '03-31',
    '04-30',
    '05-31',
    '06-30',
    '07-31',
    '08-31',
    '09-30',
    '10-31',
    '11-30',
    '12-31',
    '01-31',
  ]);
  expect(periods.map(({ dueTime }) => dueTime)).toEqual(
    periods.map(({ period }) => period?.endTime),
  );
  expect(new Set(periods.map(({ closeTime }) => closeTime && timestampMs(closeTime)))).toEqual(
    new Set([Date.parse('2024-01-31T00:00:00Z')]),
  );
  await replica.stop();
});

test('cycles follow the local calendar of the subscription over the change to summer time, and say its zone', async () => {
  const replica = await world.replica();
  const clients = replica.as(newOrganisation());
  await clients.testClock.createTestClock({ currentTime: at('2024-02-29T23:00:00Z') });
  const plan = await createPlan(clients, flatFee());
  const { id, currentPeriod } = await subscribe(clients, plan.id, { timeZone: 'Europe/Berlin' });
  const inUtc = await subscribe(clients, plan.id);
  expect(currentPeriod?.endTime).toEqual(at('2024-03-31T22:00:00Z'));
  const closed = async () =>
    (await allBills(clients)).map(({ subscriptionId, timeZone }) => [subscriptionId, timeZone]);
  await advanceTo(clients, '2024-03-31T21:59:59.999Z');
  expect(await closed()).toEqual([[inUtc.id, 'UTC']]);
  await advanceTo(clients, '2024-03-31T22:00:00Z');
  expect(await closed()).toEqual([
    [id, 'Europe/Berlin'],
    [inUtc.id, 'UTC'],
  ]);
  await replica.stop();
});

test('by the real time a period closes a minute after its end, not before', async () => {
  const clock = fakeClock(Date.parse('2024-05-01T00:00:00Z'));
  const replica = await world.replica({ nowMs: clock.nowMs, settleMs: 60_000 });
  const clients = replica.as(newOrganisation());
  await subscribe(clients, (await createPlan(clients, flatFee())).id);
  const other = replica.as(newOrganisation());
  await subscribe(other, (await createPlan(other, flatFee())).id, {
    start: '2024-04-30T23:59:59.999Z',
  });

  clock.set(Date.parse('2024-06-01T00:00:59.999Z'));
  await waitFor(async () => (await allBills(other)).length === 1, {
    what: 'what ended a millisecond earlier',
  });
  expect(await allBills(clients)).toEqual([]);
  clock.advance(1);
  await waitFor(async () => (await allBills(clients)).length === 1, {
    what: 'the period to close',
  });
  const [period] = await allBills(clients);
  expect(period?.closeTime).toEqual(at('2024-06-01T00:01:00Z'));
  expect(period?.dueTime).toEqual(at('2024-06-01T00:00:00Z'));
  await replica.stop();
});

test('after three months of standstill every missed cycle closes, in order', async () => {
  const clock = fakeClock(Date.parse('2024-01-15T12:00:00Z'));
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const before = await world.replica({ nowMs: clock.nowMs });
  const clients = before.as(organisationId);
  const { id } = await subscribe(
    clients,
    (await createPlan(clients, flatFee(), unitFee('mtr_1'))).id,
  );
  await before.stop();

  clock.set(Date.parse('2024-04-20T00:00:00Z'));
  const after = await world.replica({ nowMs: clock.nowMs });
  const again = after.as(organisationId);
  await waitFor(async () => (await allBills(again, id)).length === 3, {
    what: 'three periods',
  });
  expect(
    world.meteringServer.askedBy(organisationId).map(({ request }) => request.startTime),
  ).toEqual([at('2024-01-15T12:00:00Z'), at('2024-02-15T12:00:00Z'), at('2024-03-15T12:00:00Z')]);
  const { subscription } = await again.subscriptions.getSubscription({ subscriptionId: id });
  expect(subscription?.currentPeriod?.startTime).toEqual(at('2024-04-15T12:00:00Z'));
  await after.stop();
});

test('organisations of real time whose usage hangs keep none on test clocks waiting, nor the other way round', async () => {
  let shiftMs = -90 * 86_400_000;
  const replica = await world.replica({ concurrency: 1, nowMs: () => Date.now() + shiftMs });
  const [real, test] = [newOrganisation(), newOrganisation()];
  for (const organisationId of [real, test])
    world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  let hanging = real;
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  world.meteringServer.usage = async ({ organisationId }) => {
    if (organisationId === hanging) await held;
    return { value: '1' };
  };
  const byClock = replica.as(test);
  await byClock.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
  await subscribe(byClock, (await createPlan(byClock, unitFee('mtr_1'))).id);
  const byTime = replica.as(real);
  const plan = await createPlan(byTime, unitFee('mtr_1'));
  for (let i = 0; i < 3; i += 1) await subscribe(byTime, plan.id);
  shiftMs += 40 * 86_400_000;
  await waitFor(() => world.meteringServer.askedBy(real).length > 0, { what: 'real time to hang' });
  await advanceTo(byClock, '2024-04-01T00:00:00Z');
  expect(await allBills(byTime)).toEqual([]);

  hanging = test;
  await byClock.testClock.advanceTestClock({ currentTime: at('2024-05-01T00:00:00Z') });
  release();
  await waitFor(async () => (await allBills(byTime)).length === 3, {
    what: 'real time to close',
  });
  await replica.stop();
});

test('a test clock with many subscriptions lets others have their turn', async () => {
  const replica = await world.replica({ concurrency: 1, batchMax: 10, pollMs: 60_000 });
  const [large, small] = [replica.as(newOrganisation()), replica.as(newOrganisation())];
  for (const [clients, count] of [
    [large, 40],
    [small, 1],
  ] as const) {
    await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
    const plan = await createPlan(clients, flatFee());
    for (let i = 0; i < count; i += 1) await subscribe(clients, plan.id);
  }
  await Promise.all([
    large.testClock.advanceTestClock({ currentTime: at('2024-02-01T00:00:00Z') }),
    small.testClock.advanceTestClock({ currentTime: at('2024-02-01T00:00:00Z') }),
  ]);
  await waitFor(async () => (await allBills(small)).length === 1, {
    what: 'the small one to close',
  });
  expect((await allBills(large)).length).toBeLessThan(40);
  await advanceTo(large, '2024-02-01T00:00:00Z');
  expect(await allBills(large)).toHaveLength(40);
  await replica.stop();
});

test('by the real time an organisation with many subscriptions lets others have their turn', async () => {
  const clock = fakeClock(Date.parse('2024-05-01T00:00:00Z'));
  const before = await world.replica({ nowMs: clock.nowMs });
  const [large, small] = [newOrganisation(), newOrganisation()];
  for (const [organisationId, count] of [
    [large, 30],
    [small, 1],
  ] as const) {
    const clients = before.as(organisationId);
    const plan = await createPlan(clients, flatFee());
    for (let i = 0; i < count; i += 1) await subscribe(clients, plan.id);
    clock.advance(1);
  }
  await before.stop();
  clock.set(Date.parse('2024-06-02T00:00:00Z'));
  const settings = { concurrency: 1, batchMax: 5, nowMs: clock.nowMs };
  const replica = await world.replica(settings);
  await waitFor(async () => (await allBills(replica.as(small))).length === 1, {
    what: 'the small one to close',
  });
  expect((await allBills(replica.as(large))).length).toBeLessThan(30);
  await waitFor(async () => (await allBills(replica.as(large))).length === 30, {
    what: 'the large one to close',
  });
  await replica.stop();
});

test('an organisation that has many cycles to catch up lets others have their turn between them', async () => {
  const clock = fakeClock(Date.parse('2022-01-01T00:00:00Z'));
  const before = await world.replica({ nowMs: clock.nowMs });
  // Its turn comes first.
  const [late, other] = [newOrganisation(), newOrganisation()].sort() as [
    OrganisationId,
    OrganisationId,
  ];
  for (const organisationId of [late, other]) {
    const clients = before.as(organisationId);
    await subscribe(clients, (await createPlan(clients, flatFee())).id);
    clock.set(Date.parse('2024-01-01T00:00:00Z'));
  }
  await before.stop();
  clock.set(Date.parse('2024-02-02T00:00:00Z'));
  const replica = await world.replica({ concurrency: 1, nowMs: clock.nowMs });
  await waitFor(async () => (await allBills(replica.as(other))).length === 1, {
    what: 'the other to close',
  });
  expect((await allBills(replica.as(late))).length).toBeLessThan(25);
  await waitFor(async () => (await allBills(replica.as(late))).length === 25, {
    what: 'all that was missed',
  });
  await replica.stop();
});

test('by the real time the cycle that a cancellation cuts short closes a minute after the end, and none after it', async () => {
  const clock = fakeClock(Date.parse('2024-05-01T00:00:00Z'));
  const replica = await world.replica({ nowMs: clock.nowMs, settleMs: 60_000 });
  const clients = replica.as(newOrganisation());
  const { id } = await subscribe(clients, (await createPlan(clients, flatFee('20'))).id);
  clock.set(Date.parse('2024-05-10T00:00:00Z'));
  await clients.subscriptions.cancelSubscription({ subscriptionId: id, timing: CancelTiming.NOW });
  clock.set(Date.parse('2024-05-10T00:01:00Z'));
  await waitFor(async () => (await allBills(clients)).length === 1, {
    what: 'the short cycle to close',
  });
  clock.set(Date.parse('2024-09-01T00:00:00Z'));
  const other = await subscribe(clients, (await createPlan(clients, flatFee())).id, {
    start: '2024-07-01T00:00:00Z',
  });
  await waitFor(async () => (await allBills(clients, other.id)).length === 1, {
    what: 'what is due to close',
  });
  const periods = await allBills(clients, id);
  expect(periods.map(({ period }) => period?.endTime)).toEqual([at('2024-05-10T00:00:00Z')]);
  await replica.stop();
});
