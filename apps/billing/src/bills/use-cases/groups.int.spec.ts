import { toJson } from '@bufbuild/protobuf';
import { BillLineSchema } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import { expectPosted, sentMessages } from '../../testing/billing-messages';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import type { ScriptedGroup } from '../../testing/metering-server';
import {
  advanceTo,
  at,
  allBills,
  createPlan,
  flatFee,
  groupFee,
  newOrganisation,
  subscribe,
  unitFee,
} from '../../testing/scenario';
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
  const meter = world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls', 'plain');
  meter.profiles[0]?.groupBy.push('region', 'tier');
  world.meteringServer.usage = () => ({ value: '13', eventCount: 13n, groups });
  await clients.testClock.createTestClock({ currentTime: at(start) });
});

const start = '2023-01-01T00:00:00Z';
const end = '2023-02-01T00:00:00Z';

const groups: readonly ScriptedGroup[] = [
  { values: ['us', 5], value: '1.25', eventCount: 2n },
  { values: [null, 'x'], value: '3', eventCount: 3n },
  { values: ['eu', null], value: '8', eventCount: 8n },
  { values: ['eu', true], value: '', eventCount: 0n },
];

const told = async () =>
  (await allBills(clients))[0]?.lines.map((charge) => {
    const { description, quantity, exactAmount, group } = toJson(BillLineSchema, charge) as never;
    return [description, quantity, exactAmount, group];
  });

/** What was told of the bill, which follows it. */
const sentContent = async () => {
  const sent = async () =>
    (await sentMessages(replica.bus)).find(
      ({ content }) => content.organisationId === organisationId,
    );
  return (await waitFor(sent, { what: 'the message of the bill' })).content;
};

test('each group is a charge of its own, at its own price or the price of the fee, with its values; so in the message', async () => {
  const own = { values: ['eu', null], unitAmount: '0.5' };
  await subscribe(clients, (await createPlan(clients, groupFee('mtr_1', '2', own), flatFee())).id);
  await advanceTo(clients, end);
  const charges = [
    ['Calls (none, x)', '3', '6', { values: [null, 'x'], profileVersion: 1 }],
    ['Calls (eu, none)', '8', '4', { values: ['eu', null], profileVersion: 1 }],
    ['Calls (us, 5)', '1.25', '2.5', { values: ['us', 5], profileVersion: 1 }],
    ['Platform', '1', '20', undefined],
  ];
  expect(await told()).toEqual(charges);
  const [period] = await allBills(clients);
  expectPosted(await sentContent(), period);
  expect(period?.lines.map(({ eventCount }) => eventCount)).toEqual([3n, 8n, 2n, 0n]);
});

test('usage is asked by group for a fee by group alone, each profile once, page by page, after all that was acknowledged', async () => {
  const [first, second] = [groups.slice(0, 1), groups.slice(1)];
  world.meteringServer.usage = ({ request }) => {
    if (!request.byGroup) return { value: '13' };
    return request.pageToken === ''
      ? { value: '', groups: first, nextPageToken: 'two' }
      : { value: '', groups: second };
  };
  const fees = [groupFee('mtr_1', '2'), unitFee('mtr_1', 'calls', '1'), groupFee('mtr_1', '1')];
  await subscribe(clients, (await createPlan(clients, ...fees)).id);
  await advanceTo(clients, end);
  expect(
    world.meteringServer
      .askedBy(organisationId)
      .map(({ request }) => [request.byGroup, request.pageToken]),
  ).toEqual([
    [false, ''],
    [true, ''],
    [true, 'two'],
  ]);
  for (const { request } of world.meteringServer.askedBy(organisationId))
    expect(request).toMatchObject({
      profile: 'calls',
      startTime: at(start),
      endTime: at(end),
      waitForAcknowledged: true,
      omitEmpty: false,
    });
  expect((await told())?.map(([, quantity]) => quantity)).toEqual([
    ...['3', '8', '1.25'],
    '13',
    ...['3', '8', '1.25'],
  ]);
});

test('a period does not close on groups that are still being counted', async () => {
  let asked = 0;
  world.meteringServer.usage = () => {
    asked += 1;
    return { value: '', groups, partial: asked === 1 };
  };
  await subscribe(clients, (await createPlan(clients, groupFee('mtr_1', '2'))).id);
  await advanceTo(clients, end);
  expect(asked).toBe(2);
  expect(await told()).toHaveLength(3);
});

test('the cycle of an account without usage has one charge of 0; so has usage of a version without groups its one', async () => {
  const plan = await createPlan(clients, groupFee('mtr_1', '2'));
  await subscribe(clients, plan.id);
  world.meteringServer.usage = () => ({ value: '0', groups: [] });
  await advanceTo(clients, end);
  expect(await told()).toEqual([['Calls', '0', '0', undefined]]);
  world.meteringServer.usage = () => ({ value: '4', groups: [{ value: '4' }] });
  await advanceTo(clients, '2023-03-01T00:00:00Z');
  const [, second] = await allBills(clients);
  expect(second?.lines).toMatchObject([{ description: 'Calls', quantity: '4', exactAmount: '8' }]);
  expect(second?.lines[0]?.group).toBeUndefined();
});

test('groups of other group_by paths are charges of their own, also where they read alike', async () => {
  const alike = { values: ['eu', null], value: '2', eventCount: 1n };
  const usage = { value: '', groups: [alike, { ...alike, value: '3', version: 2 }] };
  world.meteringServer.usage = () => ({ ...usage, profileVersion: 2 });
  await subscribe(clients, (await createPlan(clients, groupFee('mtr_1', '2'))).id);
  await advanceTo(clients, end);
  expect(await told()).toMatchObject([
    ['Calls (eu, none)', '2', '4', { profileVersion: 1 }],
    ['Calls (eu, none)', '3', '6', { profileVersion: 2 }],
  ]);
});

test('a charge names the newest version of the profile that its usage was counted by, so in the message', async () => {
  world.meteringServer.usage = () => ({ value: '13', groups, profileVersion: 3 });
  const plan = await createPlan(clients, groupFee('mtr_1', '2'), unitFee('mtr_1'), flatFee());
  await subscribe(clients, plan.id);
  await advanceTo(clients, end);
  const [period] = await allBills(clients);
  expect(period?.lines.map(({ profileVersion }) => profileVersion)).toEqual([3, 3, 3, 3, 0]);
  expectPosted(await sentContent(), period);
});

test('of any number of groups, those with a price of their own keep their charge, wherever they come', async () => {
  const pageOf = (page: number) =>
    Array.from({ length: 1500 }, (_, n) => ({
      values: [`region ${page * 1500 + n}`, null],
      value: String(1 + ((page * 1500 + n) % 7)),
      eventCount: 1n,
    }));
  world.meteringServer.usage = ({ request }) => {
    const page = Number(request.pageToken);
    return { value: '', groups: pageOf(page), nextPageToken: page < 3 ? String(page + 1) : '' };
  };
  const own = { values: ['region 7', null], unitAmount: '10' };
  await subscribe(clients, (await createPlan(clients, groupFee('mtr_1', '2', own))).id);
  await advanceTo(clients, end);
  const charges = (await allBills(clients))[0]?.lines ?? [];
  expect(charges).toHaveLength(1_002);
  expect(charges.find(({ description }) => description === 'Calls (region 7, none)')).toMatchObject(
    { quantity: '1', amount: { amount: '10.00' } },
  );
  const sum = charges.reduce((total, { quantity }) => total + Number(quantity), 0);
  expect(sum).toBe(Array.from({ length: 6000 }, (_, n) => 1 + (n % 7)).reduce((a, b) => a + b, 0));
});

test('periods of a thousand groups each are sent whole and listed on several pages, each once', async () => {
  const many = Array.from({ length: 1200 }, (_, index) => ({
    values: [`region ${index}`, null],
    value: String(1200 - index),
    eventCount: 1n,
  }));
  world.meteringServer.usage = () => ({ value: '', groups: many });
  await subscribe(clients, (await createPlan(clients, groupFee('mtr_1', '2'))).id);
  await advanceTo(clients, '2023-05-01T00:00:00Z');
  const { bills } = await clients.bills.listBills({});
  expect(bills.length).toBeLessThan(4);
  const periods = await allBills(clients);
  expect(periods.map(({ cycle }) => cycle)).toEqual([0, 1, 2, 3]);
  for (const { lines } of periods) {
    expect(lines).toHaveLength(1001);
    expect(lines.at(-1)).toMatchObject({
      description: 'Calls (other groups)',
      quantity: '20100',
      eventCount: 200n,
    });
  }
});

test('an entitlement counts all groups together', async () => {
  const plan = await createPlan(clients, groupFee('mtr_1', '2'));
  const { accountId } = await subscribe(clients, plan.id);
  const { feature } = await clients.features.createFeature({
    code: 'calls',
    name: 'Calls',
    meterProfile: { meterId: 'mtr_1' },
  });
  await clients.entitlements.createEntitlement({
    featureId: feature?.id ?? '',
    grantee: { case: 'planId', value: plan.id },
    limit: '20',
  });
  const access = await clients.entitlements.checkAccess({ accountId, featureCode: 'calls' });
  expect(access).toMatchObject({ used: '13', remaining: '7' });
  expect(
    world.meteringServer.askedBy(organisationId).map(({ request }) => request.byGroup),
  ).toEqual([false]);
});

test('a fee by group comes back as it was given', async () => {
  const own = { values: ['eu', null], unitAmount: '0.50' };
  const { id: planId } = await createPlan(clients, groupFee('mtr_1', '2', own), unitFee('mtr_1'));
  const { plan } = await clients.plans.getPlan({ planId });
  expect(plan?.fees).toMatchObject([
    {
      byGroup: true,
      groupPrices: [
        {
          values: [
            { kind: { case: 'stringValue', value: 'eu' } },
            { kind: { case: 'nullValue', value: 0 } },
          ],
          price: { model: { case: 'perUnit', value: { unitAmount: '0.5' } } },
        },
      ],
    },
    { byGroup: false, groupPrices: [] },
  ]);
});

test('groups that the fee or its profile cannot have are answered at once, by path', async () => {
  const own = (...values: (string | number | null)[]) => ({ values, unitAmount: '1' });
  const create = (...fees: Parameters<typeof groupFee>[]) =>
    failureOf(createPlan(clients, ...fees.map((fee) => groupFee(...fee))));
  expect(await create(['mtr_1', '1', own('eu', 1), own('eu', '1'), own('eu', 1)])).toEqual({
    code: 'InvalidArgument',
    reason: 'PLAN_INVALID',
    fields: ['fees[0].group_prices[2].values'],
  });
  expect(await create(['mtr_1', '1', own('eu')], ['mtr_1', '1', own('eu', null)])).toEqual({
    code: 'FailedPrecondition',
    reason: 'METER_PROFILE_NOT_GROUPED',
    fields: ['fees[0].group_prices[0].values'],
  });
  const plain = { ...unitFee('mtr_1', 'plain'), byGroup: true };
  expect(await failureOf(createPlan(clients, flatFee(), plain))).toEqual({
    code: 'FailedPrecondition',
    reason: 'METER_PROFILE_NOT_GROUPED',
    fields: ['fees[1].by_group'],
  });
});
