import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
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
/** When calls happened, as far as metering knows, by organisation. */
const calls = new Map<OrganisationId, number[]>();
beforeAll(async () => {
  world = await startWorld();
  world.meteringServer.usage = ({ organisationId, request: { startTime, endTime } }) => {
    const [from = NaN, until = NaN] = [startTime, endTime].map((time) => time && timestampMs(time));
    const inside = (calls.get(organisationId) ?? []).filter((ms) => ms >= from && ms < until);
    return { value: String(inside.length), eventCount: BigInt(inside.length) };
  };
});
afterAll(() => world.stop());

function add(organisationId: OrganisationId, ...times: string[]): void {
  const known = calls.get(organisationId) ?? [];
  calls.set(organisationId, [...known, ...times.map((time) => Date.parse(time))]);
}

async function subscribed(replica: Replica) {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
  await subscribe(clients, (await createPlan(clients, unitFee('mtr_1', '', '1'))).id);
  return { organisationId, clients };
}

async function metric(replica: Replica, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${replica.billing.port}/metrics`)).text();
  return Number(new RegExp(`^billingrails_billing_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** Every subscription is looked at at least once from now on. */
async function sweptAgain(replica: Replica): Promise<void> {
  const before = await metric(replica, 'sweep_checked_total');
  await waitFor(async () => (await metric(replica, 'sweep_checked_total')) > before + 1, {
    what: 'another sweep',
  });
}

test('the sweep finds nothing that was told; what nobody told it finds once, and the next bill has it', async () => {
  const replica = await world.replica({ adjustCycles: 12, billSweepMs: 20 });
  const { organisationId, clients } = await subscribed(replica);
  const amounts = async () =>
    (await allBills(clients)).map(({ lines }) => lines.map(({ amount }) => amount?.amount));
  add(organisationId, '2024-01-10T00:00:00Z');
  await advanceTo(clients, '2024-03-01T00:00:00Z');
  await sweptAgain(replica);
  await world.changed(organisationId, '2024-01-11T00:00:00Z');
  await waitFor(
    async () => (await replica.mongo.db.collection('usage_marks').countDocuments()) === 1,
    { what: 'the mark' },
  );
  add(organisationId, '2024-01-11T00:00:00Z');
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  await sweptAgain(replica);
  expect(await metric(replica, 'sweep_found_total')).toBe(0);
  expect(await amounts()).toEqual([['1.00'], ['0.00'], ['1.00', '0.00']]);

  add(organisationId, '2024-02-11T00:00:00Z', '2024-02-12T00:00:00Z');
  await waitFor(async () => (await metric(replica, 'sweep_found_total')) > 0, { what: 'a find' });
  await advanceTo(clients, '2024-05-01T00:00:00Z');
  expect((await amounts()).at(-1)).toEqual(['2.00', '0.00']);
  await sweptAgain(replica);
  expect(await metric(replica, 'sweep_found_total')).toBe(1);
  await replica.stop();
});

test('what was told while no billing was there to hear it is on the next bill, once, and the sum is that of events in time', async () => {
  const first = await world.replica({ adjustCycles: 12 });
  const [late, intime] = [await subscribed(first), await subscribed(first)];
  const times = ['2024-01-10T00:00:00Z', '2024-02-10T00:00:00Z', '2024-02-11T00:00:00Z'];
  add(intime.organisationId, ...times);
  for (const { clients } of [late, intime]) await advanceTo(clients, '2024-03-01T00:00:00Z');
  await first.stop();

  add(late.organisationId, ...times);
  for (const time of [...times, ...times].reverse()) await world.changed(late.organisationId, time);
  const second = await world.replica({ adjustCycles: 12 });
  const sums = [];
  for (const { organisationId } of [late, intime]) {
    const clients = second.as(organisationId);
    await advanceTo(clients, '2024-05-01T00:00:00Z');
    const lines = (await allBills(clients)).flatMap((bill) => bill.lines);
    sums.push(lines.reduce((sum, { exactAmount }) => sum + Number(exactAmount), 0));
  }
  expect(sums).toEqual([3, 3]);
  await second.stop();
});
