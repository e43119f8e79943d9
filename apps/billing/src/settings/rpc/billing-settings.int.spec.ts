import { timestampMs } from '@bufbuild/protobuf/wkt';
import { AdjustmentBilling } from '@billingrails/contracts/billingrails/billing/v1/billing_settings_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Clients } from '../../testing/clients';
import { countOf } from '../../testing/counted-calls';
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

const HOUR_S = 3_600n;
const DAY_S = 24n * HOUR_S;

let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
let calls: number[];
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ graceMs: 3_600_000, adjustCycles: 12 });
});
afterAll(() => world.stop());
beforeEach(async () => {
  organisationId = newOrganisation();
  calls = [];
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = countOf(() => calls);
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
});

const graceOf = (seconds: bigint) => ({ grace: { seconds } });
const OWN = { adjustmentBilling: AdjustmentBilling.OWN_BILL };

async function late(...times: string[]): Promise<void> {
  calls.push(...times.map((time) => Date.parse(time)));
  for (const time of times) await world.changed(organisationId, time);
}

/** The date of each of a subscription's bills, its lines' reasons and amounts. */
async function told(subscriptionId: string): Promise<string[]> {
  return (await allBills(clients, subscriptionId)).map(({ dueTime, lines }) =>
    [
      dueTime && new Date(timestampMs(dueTime)).toISOString().slice(5, 13),
      ...lines.map(({ kind, reason, amount }) =>
        [kind === LineKind.ADJUSTMENT ? LineReason[reason] : LineKind[kind], amount?.amount].join(
          ' ',
        ),
      ),
    ].join(', '),
  );
}

test('what the narrowest says holds: a subscription, its account, the organisation, the service', async () => {
  const { id: subscriptionId, accountId } = await subscribe(
    clients,
    (await createPlan(clients, flatFee())).id,
  );
  const subscription = { case: 'subscriptionId', value: subscriptionId } as const;
  const account = { case: 'accountId', value: accountId } as const;
  const effective = async () => {
    const { settings, effective: now } = await clients.settings.getBillingSettings({
      owner: subscription,
    });
    return [
      settings?.grace?.seconds,
      now?.grace?.seconds,
      AdjustmentBilling[now?.adjustmentBilling ?? 0],
    ];
  };
  const { updateBillingSettings } = clients.settings;
  expect(await effective()).toEqual([undefined, HOUR_S, 'NEXT_BILL']);
  await updateBillingSettings({ settings: { ...graceOf(2n * HOUR_S), ...OWN } });
  expect(await effective()).toEqual([undefined, 2n * HOUR_S, 'OWN_BILL']);
  await updateBillingSettings({ owner: account, settings: graceOf(3n * HOUR_S) });
  expect(await effective()).toEqual([undefined, 3n * HOUR_S, 'OWN_BILL']);
  const settings = { adjustmentBilling: AdjustmentBilling.NEXT_BILL };
  await updateBillingSettings({ owner: subscription, settings });
  expect(await effective()).toEqual([undefined, 3n * HOUR_S, 'NEXT_BILL']);
  await updateBillingSettings({ owner: account, settings: {} });
  expect(await effective()).toEqual([undefined, 2n * HOUR_S, 'NEXT_BILL']);
});

test('a grace that is too short or too long is refused, with what it may be; so are unknown owners', async () => {
  const { updateBillingSettings } = clients.settings;
  for (const seconds of [HOUR_S - 1n, 30n * DAY_S + 1n]) {
    const failure = await failureOf(updateBillingSettings({ settings: graceOf(seconds) }));
    expect(failure).toMatchObject({ code: 'InvalidArgument', fields: ['settings.grace'] });
  }
  for (const kind of ['accountId', 'subscriptionId'] as const) {
    const owner = { case: kind, value: 'none' };
    expect(await failureOf(clients.settings.getBillingSettings({ owner }))).toMatchObject({
      code: 'NotFound',
    });
    expect(await failureOf(updateBillingSettings({ owner, settings: {} }))).toMatchObject({
      code: 'NotFound',
    });
  }
});

test("a cycle is closed when its account's grace is over, by the test clock; a shorter one closes it at once", async () => {
  const plan = await createPlan(clients, unitFee('mtr_1'));
  const patient = await subscribe(clients, plan.id);
  const other = await subscribe(clients, plan.id);
  const owner = { case: 'accountId', value: patient.accountId } as const;
  await clients.settings.updateBillingSettings({ owner, settings: graceOf(5n * DAY_S) });
  await advanceTo(clients, '2024-02-04T00:00:00Z');
  expect([(await told(patient.id)).length, (await told(other.id)).length]).toEqual([0, 1]);
  await late('2024-01-31T23:00:00Z');
  await clients.settings.updateBillingSettings({ owner, settings: graceOf(2n * DAY_S) });
  await advanceTo(clients, '2024-02-04T00:00:00Z');
  expect(await told(patient.id)).toEqual([expect.stringMatching(/^02-01T00, USAGE/)]);
  // It is dated when its cycle ended, and what came within the grace is on it.
  expect((await allBills(clients, patient.id)).at(-1)?.lines[0]).toMatchObject({ eventCount: 1n });
});

test('a cycle that is closed stays closed under a longer grace, and what came late to it is not lost', async () => {
  const plan = await createPlan(clients, flatFee(), unitFee('mtr_1'));
  const { id: subscriptionId } = await subscribe(clients, plan.id);
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  await clients.settings.updateBillingSettings({ settings: graceOf(20n * DAY_S) });
  await late('2024-01-20T00:00:00Z');
  // A bill before the longer grace of January is over looks at January all the same.
  await clients.subscriptions.createOneOffCharge({
    ...{ subscriptionId, description: 'Help', amount: '5', billNow: true },
  });
  await advanceTo(clients, '2024-02-03T00:00:00Z');
  expect((await told(subscriptionId)).at(-1)).toMatch(/LATE_USAGE .*ONE_OFF 5.00/);
  await advanceTo(clients, '2024-03-20T00:00:00Z');
  expect((await told(subscriptionId)).length).toBe(2);
  await advanceTo(clients, '2024-03-21T00:00:00Z');
  expect((await told(subscriptionId)).length).toBe(3);
});

test('changed usage has a bill of its own where that is set, a grace after it became known; to the same sum', async () => {
  const plan = await createPlan(clients, unitFee('mtr_1'));
  const own = await subscribe(clients, plan.id);
  const next = await subscribe(clients, plan.id);
  const owner = { case: 'subscriptionId', value: own.id } as const;
  await clients.settings.updateBillingSettings({ owner, settings: OWN });
  await advanceTo(clients, '2024-02-01T01:00:00Z');
  await late('2024-01-20T00:00:00Z', '2024-01-21T00:00:00Z');
  await advanceTo(clients, '2024-02-10T12:00:00Z');
  // Known just before the cycle is closed: it is on no other bill all the same.
  await late('2024-01-22T00:00:00Z');
  await advanceTo(clients, '2024-02-29T23:30:00Z');
  await late('2024-01-23T00:00:00Z');
  const change = { quantity: '2', timing: ChangeTiming.NOW };
  await clients.subscriptions.changeSubscription({ subscriptionId: own.id, change });
  await advanceTo(clients, '2024-03-01T02:00:00Z');
  const [bills, others] = [await told(own.id), await told(next.id)];
  expect(bills.map((text) => text.replace(/ -?[0-9.]+/g, ''))).toEqual([
    '02-01T00, USAGE',
    '02-01T02, LATE_USAGE',
    '02-10T13, LATE_USAGE',
    '03-01T00, LATE_USAGE',
    '03-01T00, USAGE',
  ]);
  expect(others.map((text) => text.replace(/ -?[0-9.]+/g, ''))).toEqual([
    '02-01T00, USAGE',
    '03-01T00, LATE_USAGE, USAGE',
  ]);
  const sum = (all: string[]) =>
    all
      .flatMap((text) => text.match(/-?[0-9]+[.][0-9]{2}/g) ?? [])
      .reduce((a, b) => a + Number(b) * 100, 0);
  expect(sum(bills)).toBe(sum(others));
});
