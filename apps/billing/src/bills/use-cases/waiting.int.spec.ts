import { precondition } from '@billingrails/errors';
import { waitFor } from '@billingrails/testing';
import { TestClockStatus } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import { sentMessages } from '../../testing/billing-messages';
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
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.meteringServer.usage = () => ({ value: '7' });
  world.meteringServer.down = false;
});

const start = '2023-01-01T00:00:00Z';
const end = '2023-02-01T00:00:00Z';

async function organisationOnTestClock() {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at(start) });
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  return { organisationId, clients };
}

test('while metering is away its subscriptions wait and others go on; when it is back nothing is lost', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const metered = await subscribe(clients, (await createPlan(clients, unitFee('mtr_1'))).id);
  const flat = await subscribe(clients, (await createPlan(clients, flatFee())).id);
  world.meteringServer.down = true;
  await clients.testClock.advanceTestClock({ currentTime: at(end) });

  const attempts = async () => {
    const filter = { _id: { organisationId, id: metered.id } as never };
    return (await replica.mongo.db.collection('due').findOne(filter))?.['attempts'] as number;
  };
  await waitFor(async () => (await attempts()) >= 2, { what: 'a second try' });
  await waitFor(async () => (await allBills(clients, flat.id)).length === 1, {
    what: 'the flat subscription to close',
  });
  expect(await allBills(clients, metered.id)).toEqual([]);
  expect((await clients.testClock.getTestClock({})).testClock?.status).toBe(
    TestClockStatus.ADVANCING,
  );

  world.meteringServer.down = false;
  await advanceTo(clients, end);
  expect((await allBills(clients, metered.id)).map(({ lines }) => lines[0]?.quantity)).toEqual([
    '7',
  ]);
  expect(await attempts()).toBe(0);
});

test('a period does not close on usage that is still being counted', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const fees = [unitFee('mtr_1', 'calls'), flatFee()];
  await subscribe(clients, (await createPlan(clients, ...fees)).id);
  let partial = true;
  world.meteringServer.usage = () => ({ value: partial ? '39' : '40', partial });
  await clients.testClock.advanceTestClock({ currentTime: at(end) });
  await waitFor(() => world.meteringServer.askedBy(organisationId).length >= 2, {
    what: 'a second question',
  });
  expect(await allBills(clients)).toEqual([]);
  partial = false;
  await advanceTo(clients, end);
  expect(
    (await allBills(clients)).map(({ lines }) => lines.map(({ quantity }) => quantity)),
  ).toEqual([['40', '1']]);
});

test('what metering refuses to answer, such as what it no longer keeps, is not guessed: the period waits', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  await subscribe(clients, (await createPlan(clients, unitFee('mtr_1'))).id);
  const asked = () => world.meteringServer.askedBy(organisationId).length;
  world.meteringServer.usage = () => {
    if (asked() < 3) throw precondition('RAW_EVENTS_DELETED', 'These events are no longer kept.');
    return { value: '40' };
  };
  await advanceTo(clients, end);
  expect(asked()).toBe(3);
  const [period] = await allBills(clients);
  expect(period?.lines).toMatchObject([{ quantity: '40' }]);
});

test('of many that fall due together usage is asked once, and one that metering refuses keeps none of the others', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const plan = await createPlan(clients, unitFee('mtr_1'));
  const subscribed = [];
  for (let i = 0; i < 9; i += 1) subscribed.push(await subscribe(clients, plan.id));
  const refused = subscribed[4];
  const first = world.meteringServer.askedBy(organisationId);
  world.meteringServer.usage = ({ request }) => {
    if (request.accountIds.includes(refused?.accountId ?? ''))
      throw precondition('RAW_EVENTS_DELETED', 'These events are no longer kept.');
    return { value: String(request.accountIds.length) };
  };
  await clients.testClock.advanceTestClock({ currentTime: at(end) });
  await waitFor(async () => (await allBills(clients)).length === 8, { what: 'the other eight' });
  const sizes = world.meteringServer.askedBy(organisationId).slice(first.length);
  expect(sizes.slice(0, 2).map(({ request }) => request.accountIds.length)).toEqual([9, 5]);
  expect(await allBills(clients, refused?.id)).toEqual([]);
  world.meteringServer.usage = () => ({ value: '1' });
  await advanceTo(clients, end);
  expect(await allBills(clients)).toHaveLength(9);
});

test("usage is asked for the account and the cycle in its zone, after all that was acknowledged, in the organisation's name", async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const plan = await createPlan(clients, unitFee('mtr_1'), unitFee('mtr_1', 'calls', '9'));
  const { accountId } = await subscribe(clients, plan.id, { timeZone: 'Asia/Kolkata' });
  await advanceTo(clients, end);
  expect(world.meteringServer.askedBy(organisationId)).toHaveLength(1);
  expect(world.meteringServer.askedBy(organisationId)[0]).toMatchObject({
    organisationId,
    request: {
      meterId: 'mtr_1',
      profile: 'calls',
      accountIds: [accountId],
      startTime: at(start),
      endTime: at(end),
      timeZone: 'Asia/Kolkata',
      waitForAcknowledged: true,
    },
  });
});

test('no value of a maximum, minimum or latest is charged as a quantity of 0', async () => {
  const { clients } = await organisationOnTestClock();
  await subscribe(clients, (await createPlan(clients, unitFee('mtr_1'))).id);
  world.meteringServer.usage = () => ({ value: '' });
  await advanceTo(clients, end);
  const [period] = await allBills(clients);
  expect(period?.lines).toMatchObject([{ quantity: '0', exactAmount: '0', eventCount: 0n }]);
});

test('what closed while the bus was away is sent when it is back, in order', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const { id } = await subscribe(clients, (await createPlan(clients, flatFee())).id);
  await world.servers.nats.kill();
  await advanceTo(clients, '2023-07-01T00:00:00Z');
  expect(await replica.mongo.db.collection('outbox').countDocuments()).toBeGreaterThanOrEqual(6);
  await world.servers.nats.restart();
  const cycles = async () =>
    (await sentMessages(replica.bus))
      .filter(({ content }) => content.organisationId === organisationId)
      .map(({ content }) => [content.bill?.subscriptionId, content.bill?.cycle]);
  await waitFor(async () => (await cycles()).length >= 6, {
    what: 'six messages',
  });
  expect(await cycles()).toEqual([0, 1, 2, 3, 4, 5].map((cycle) => [id, cycle]));
  await waitFor(async () => (await replica.mongo.db.collection('outbox').countDocuments()) === 0, {
    what: 'the outbox to be empty',
  });
});
