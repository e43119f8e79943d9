import { timestampMs } from '@bufbuild/protobuf/wkt';
import { DifferenceCause } from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import type { Clients } from '../../testing/clients';
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

/** What a sweep on request tells: why, and what would make it right. */
async function swept(clients: Clients): Promise<string[]> {
  const found: string[] = [];
  for await (const each of clients.bills.sweepBills({ scope: {} })) {
    const { difference, complete, subscriptionCount } = each;
    if (difference !== undefined)
      found.push(`${DifferenceCause[difference.cause]} ${difference.bill?.total?.amount ?? ''}`);
    if (complete) found.push(`${subscriptionCount} looked at`);
  }
  return found;
}

test('what no bill looks at any more is no silent loss: a sweep and the report tell of it, until it is rated again', async () => {
  const replica = await world.replica({ adjustCycles: 3 });
  const { organisationId, clients } = await subscribed(replica);
  const missed = async () => (await clients.accounts.getUnbilledReport({})).missedSubscriptionCount;
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  expect(await swept(clients)).toEqual(['1 looked at']);
  add(organisationId, '2024-01-15T00:00:00Z', '2024-05-15T00:00:00Z', '2024-05-16T00:00:00Z');
  expect(await swept(clients)).toEqual(['WINDOW_CLOSED 1.00', 'UNTOLD 2.00', '1 looked at']);
  await world.changed(organisationId, '2024-01-15T00:00:00Z');
  await waitFor(async () => (await swept(clients)).includes('WAITING 2.00'), {
    what: 'the change to be marked',
  });
  expect(await missed()).toBe(0n);
  await advanceTo(clients, '2024-07-01T00:00:00Z');
  expect((await allBills(clients)).at(-1)?.total?.amount).toBe('2.00');
  expect(await missed()).toBe(1n);
  expect(await swept(clients)).toEqual(['WINDOW_CLOSED 1.00', '1 looked at']);
  for await (const _ of clients.prices.reRate({ scope: {} }));
  expect(await missed()).toBe(0n);
  expect(await swept(clients)).toEqual(['1 looked at']);
});

test('a sweep tells what has fallen due and could not be billed yet', async () => {
  const { clients } = await subscribed(await world.replica({ adjustCycles: 3 }));
  const answer = world.meteringServer.usage;
  world.meteringServer.usage = () => {
    throw precondition('RAW_EVENTS_DELETED', 'They are no longer kept.');
  };
  await clients.testClock.advanceTestClock({ currentTime: at('2024-02-01T00:00:00Z') });
  expect(await swept(clients)).toEqual(['DUE ', '1 looked at']);
  world.meteringServer.usage = answer;
});
