import { timestampMs } from '@bufbuild/protobuf/wkt';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import { precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Clients } from '../../testing/clients';
import { countOf } from '../../testing/counted-calls';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  newOrganisation,
  unitFee,
  type FeeInit,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

const HOUR_MS = 3_600_000;

let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ graceMs: HOUR_MS, adjustCycles: 3 });
});
afterAll(() => world.stop());

/** When calls happened, as far as metering knows. */
let calls: number[];
beforeEach(async () => {
  organisationId = newOrganisation();
  calls = [];
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = countOf(() => calls);
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
});

const seats: FeeInit = {
  name: 'Seats',
  price: { model: { case: 'perUnit', value: { unitAmount: '10' } } },
  timing: FeeTiming.ADVANCE,
  byQuantity: true,
};
const graduated: FeeInit = {
  name: 'Calls',
  price: {
    model: {
      case: 'graduated',
      value: { tiers: [{ upTo: '100' }, { unitAmount: '0.5' }] },
    },
  },
  meterProfile: { meterId: 'mtr_1', profile: '' },
};

const add = (count: number, time: string) => {
  for (let i = 0; i < count; i += 1) calls.push(Date.parse(time) + i);
};

async function subscribed(quantity: string, ...fees: FeeInit[]) {
  const plan = await createPlan(clients, ...fees);
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  const request = { accountId: account?.id ?? '', planId: plan.id, quantity };
  const { subscription } = await clients.subscriptions.createSubscription(request);
  return subscription?.id ?? '';
}

/** What stands on the bills: date, then what each line is for, why, and its amount. */
async function told() {
  return (await allBills(clients)).map(({ dueTime, lines }) => [
    dueTime && new Date(timestampMs(dueTime)).toISOString().slice(0, 10),
    ...lines.map(({ description, kind, reason, amount }) =>
      [description, LineKind[kind], LineReason[reason], amount?.amount].join(' '),
    ),
  ]);
}

test('the worked example: seats in advance, calls in arrear after the grace, late calls as an adjustment, once', async () => {
  await subscribed('2', seats, graduated);
  await advanceTo(clients, '2024-01-01T00:00:01Z');
  expect(await told()).toEqual([['2024-01-01', 'Seats RECURRING UNSPECIFIED 20.00']]);
  add(120, '2024-01-15T00:00:00Z');
  await advanceTo(clients, '2024-02-01T00:59:59.999Z');
  const seatsOfFebruary = ['2024-02-01', 'Seats RECURRING UNSPECIFIED 20.00'];
  expect((await told()).slice(1)).toEqual([seatsOfFebruary]);
  await advanceTo(clients, '2024-02-01T01:00:00Z');
  const january = ['2024-02-01', 'Calls USAGE UNSPECIFIED 10.00'];
  expect((await told()).slice(1)).toEqual([seatsOfFebruary, january]);
  add(30, '2024-01-20T00:00:00Z');
  await world.changed(organisationId, '2024-01-20T00:00:00Z');
  await advanceTo(clients, '2024-03-01T01:00:00Z');
  expect((await told()).slice(3)).toEqual([
    ['2024-03-01', 'Calls ADJUSTMENT LATE_USAGE 15.00', 'Seats RECURRING UNSPECIFIED 20.00'],
    ['2024-03-01', 'Calls USAGE UNSPECIFIED 0.00'],
  ]);
  await advanceTo(clients, '2024-04-01T01:00:00Z');
  expect((await told()).slice(5)).toEqual([
    ['2024-04-01', 'Seats RECURRING UNSPECIFIED 20.00'],
    ['2024-04-01', 'Calls USAGE UNSPECIFIED 0.00'],
  ]);
});

test('events that arrive within the grace are on the bill', async () => {
  await subscribed('1', graduated);
  await advanceTo(clients, '2024-02-01T00:59:59Z');
  expect(await told()).toEqual([]);
  add(101, '2024-01-31T23:00:00Z');
  await advanceTo(clients, '2024-02-01T01:00:00Z');
  expect(await told()).toEqual([['2024-02-01', 'Calls USAGE UNSPECIFIED 0.50']]);
});

test('events that are taken back after the bill are a credit that names it, and says what had been billed', async () => {
  await subscribed('1', graduated);
  add(110, '2024-01-15T00:00:00Z');
  await advanceTo(clients, '2024-02-01T01:00:00Z');
  calls = calls.slice(0, 104);
  await world.changed(organisationId, '2024-01-15T00:00:00Z');
  await advanceTo(clients, '2024-03-01T01:00:00Z');
  const [first, second] = await allBills(clients);
  expect(first?.lines[0]?.amount?.amount).toBe('5.00');
  expect(second?.lines[0]).toMatchObject({
    kind: LineKind.ADJUSTMENT,
    reason: LineReason.VOIDED_USAGE,
    chargeId: first?.lines[0]?.chargeId,
    correctsBillId: first?.id,
    quantity: '104',
    eventCount: 104n,
    billedAmount: '5',
    exactAmount: '-3',
    amount: { amount: '-3.00' },
    period: { startTime: at('2024-01-01T00:00:00Z'), endTime: at('2024-02-01T00:00:00Z') },
  });
  expect(second?.total?.amount).toBe('-3.00');
});

test('late events are billed as far back as adjustment windows are open, and only where metering has told of a change', async () => {
  await subscribed('1', graduated);
  await advanceTo(clients, '2024-05-01T01:00:00Z');
  const asked = () => world.meteringServer.askedBy(organisationId).length;
  expect(asked()).toBe(4);
  add(102, '2024-01-15T00:00:00Z');
  add(104, '2024-02-15T00:00:00Z');
  await advanceTo(clients, '2024-06-01T01:00:00Z');
  // Nobody told: nothing was asked but of May.
  expect([asked(), (await told()).at(-1)]).toEqual([
    5,
    ['2024-06-01', 'Calls USAGE UNSPECIFIED 0.00'],
  ]);
  await world.changed(organisationId, '2024-02-15T00:00:00Z');
  await advanceTo(clients, '2024-06-15T00:00:00Z');
  expect((await told()).length).toBe(5);
  // June is the earliest open cycle: March is the earliest that can be adjusted.
  add(106, '2024-03-15T00:00:00Z');
  await advanceTo(clients, '2024-07-01T01:00:00Z');
  expect((await told()).at(-1)).toEqual([
    '2024-07-01',
    'Calls ADJUSTMENT LATE_USAGE 3.00',
    'Calls USAGE UNSPECIFIED 0.00',
  ]);
  await advanceTo(clients, '2024-08-01T01:00:00Z');
  expect((await told()).at(-1)).toEqual(['2024-08-01', 'Calls USAGE UNSPECIFIED 0.00']);
});

test('an old cycle whose usage metering can no longer tell is left as it was billed, and the bill is made', async () => {
  await subscribed('1', graduated);
  await advanceTo(clients, '2024-03-01T01:00:00Z');
  add(102, '2024-01-15T00:00:00Z');
  add(104, '2024-02-15T00:00:00Z');
  const answer = world.meteringServer.usage;
  world.meteringServer.usage = (asked) => {
    const january = asked.request.startTime?.seconds === at('2024-01-01T00:00:00Z').seconds;
    if (january) throw precondition('RAW_EVENTS_DELETED', 'They are no longer kept.');
    return answer(asked);
  };
  await world.changed(organisationId, '2024-01-15T00:00:00Z');
  await advanceTo(clients, '2024-04-01T01:00:00Z');
  expect((await told()).at(-1)).toEqual([
    '2024-04-01',
    'Calls ADJUSTMENT LATE_USAGE 2.00',
    'Calls USAGE UNSPECIFIED 0.00',
  ]);
});

test('units that a cycle included and did not use are used first in the next; what came late follows, on one bill', async () => {
  await subscribed('1', {
    ...unitFee('mtr_1', '', '1'),
    price: {
      model: { case: 'perUnit', value: { unitAmount: '1' } },
      terms: { includedUnits: '10', rolloverCycles: '1', rolloverMaximum: '8' },
    },
  });
  add(4, '2024-01-15T00:00:00Z');
  add(17, '2024-02-15T00:00:00Z');
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  await advanceTo(clients, '2024-03-02T00:00:00Z');
  const billed = [
    ['2024-02-01', 'Calls USAGE UNSPECIFIED 0.00'],
    ['2024-03-01', 'Calls USAGE UNSPECIFIED 1.00'],
  ];
  expect(await told()).toEqual(billed);
  const [, february] = await allBills(clients);
  expect(february?.lines[0]?.steps[0]?.arithmetic).toMatchObject({
    case: 'rolledOver',
    value: { used: '17', carried: [{ cycle: '0', units: '6' }] },
  });
  add(2, '2024-01-16T00:00:00Z');
  await world.changed(organisationId, '2024-01-16T00:00:00Z');
  await advanceTo(clients, '2024-05-02T00:00:00Z');
  expect((await told()).slice(2)).toEqual([
    [
      '2024-04-01',
      'Calls ADJUSTMENT LATE_USAGE 0.00',
      'Calls ADJUSTMENT CHANGED_USAGE 2.00',
      'Calls USAGE UNSPECIFIED 0.00',
    ],
    ['2024-05-01', 'Calls USAGE UNSPECIFIED 0.00'],
  ]);
});

test('after the last bill changed usage is billed by itself, a grace after it became known, until windows have closed', async () => {
  const subscriptionId = await subscribed('1', graduated);
  const request = { subscriptionId, timing: CancelTiming.PERIOD_END };
  await clients.subscriptions.cancelSubscription(request);
  await advanceTo(clients, '2024-02-03T00:00:00Z');
  expect(await told()).toEqual([['2024-02-01', 'Calls USAGE UNSPECIFIED 0.00']]);
  add(102, '2024-01-15T00:00:00Z');
  await world.changed(organisationId, '2024-01-15T00:00:00Z');
  await advanceTo(clients, '2024-02-03T00:59:59Z');
  add(2, '2024-01-16T00:00:00Z');
  await world.changed(organisationId, '2024-01-16T00:00:00Z');
  expect((await told()).slice(1)).toEqual([]);
  await advanceTo(clients, '2024-02-03T01:00:00Z');
  const late = ['2024-02-03', 'Calls ADJUSTMENT LATE_USAGE 2.00'];
  expect((await told()).slice(1)).toEqual([late]);
  // Told again, it is nothing; and after three more months nothing can be adjusted.
  await world.changed(organisationId, '2024-01-16T00:00:00Z');
  await advanceTo(clients, '2024-05-02T00:00:00Z');
  add(10, '2024-01-17T00:00:00Z');
  await world.changed(organisationId, '2024-01-17T00:00:00Z');
  await advanceTo(clients, '2024-06-01T00:00:00Z');
  expect((await told()).slice(1)).toEqual([late]);
});

test('what is missing to a commitment for two months is billed at their end; late usage makes one difference', async () => {
  const { plans, subscriptions, accounts, bills } = clients;
  const commitment = { amount: '100', cycles: 2, overageFactor: '1.5' };
  const { plan } = await plans.createPlan({
    ...{ name: 'Plan', currencyCode: 'USD', fees: [unitFee('mtr_1')], commitment },
  });
  const { account } = await accounts.createAccount({ name: 'Account' });
  const request = { accountId: account?.id ?? '', planId: plan?.id ?? '' };
  const { subscription } = await subscriptions.createSubscription(request);
  add(60, '2024-01-15T00:00:00Z');
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  add(80, '2024-02-15T00:00:00Z');
  await advanceTo(clients, '2024-02-20T00:00:00Z');
  const subscriptionId = subscription?.id ?? '';
  const shown = (await bills.previewBill({ subscriptionId })).bill?.lines;
  await advanceTo(clients, '2024-03-01T01:00:00Z');
  expect(await told()).toEqual([
    ['2024-02-01', 'Calls USAGE UNSPECIFIED 30.00'],
    [
      '2024-03-01',
      'Calls USAGE UNSPECIFIED 40.00',
      'Minimum commitment COMMITMENT UNSPECIFIED 30.00',
    ],
  ]);
  const [, second] = await allBills(clients);
  expect(shown?.map(({ amount }) => amount)).toEqual(second?.lines.map(({ amount }) => amount));
  expect(second?.lines[1]).toMatchObject({
    feeId: '',
    period: { startTime: at('2024-01-01T00:00:00Z'), endTime: at('2024-03-01T00:00:00Z') },
    steps: [
      {
        arithmetic: {
          case: 'commitment',
          value: { counted: '70', committed: '100', overageFactor: '1.5' },
        },
      },
    ],
  });
  add(40, '2024-01-16T00:00:00Z');
  await world.changed(organisationId, '2024-01-16T00:00:00Z');
  await advanceTo(clients, '2024-05-01T01:00:00Z');
  expect((await told()).slice(2)).toEqual([
    [
      '2024-04-01',
      'Calls ADJUSTMENT LATE_USAGE 20.00',
      'Calls USAGE UNSPECIFIED 0.00',
      'Minimum commitment ADJUSTMENT CHANGED_USAGE -20.00',
    ],
    [
      '2024-05-01',
      'Calls USAGE UNSPECIFIED 0.00',
      'Minimum commitment COMMITMENT UNSPECIFIED 100.00',
    ],
  ]);
  const again = await plans.createPlanVersion({ planId: plan?.id ?? '', publish: true });
  expect(again.plan?.commitment).toMatchObject({ amount: '100', cycles: 2 });
  const edit = { commitment: { amount: '0' } };
  const without = await plans.createPlanVersion({ planId: plan?.id ?? '', edit, publish: true });
  expect(without.plan?.commitment).toMatchObject({ name: 'Minimum commitment', amount: '0' });
  const own = { ...request, allowDuplicate: true, allowSharedUsage: true };
  const end = { case: 'endTime', value: at('2024-07-01T00:00:00Z') } as const;
  const discounts = [{ percentOff: '20', lasts: end }, { percentOff: '5' }];
  const asked = { ...own, commitment: { amount: '7', name: 'Ours' }, discounts };
  const { subscription: other } = await subscriptions.createSubscription(asked);
  expect(other).toMatchObject({
    commitment: { name: 'Ours', amount: '7', cycles: 1 },
    discounts: [{ percentOff: '20', lasts: end }, { percentOff: '5' }],
  });
  const past = {
    percentOff: '0',
    lasts: { case: 'endTime', value: at('2024-01-01T00:00:00Z') },
  } as const;
  const refusal = failureOf(subscriptions.createSubscription({ ...own, discounts: [past] }));
  expect(await refusal).toMatchObject({ fields: ['discounts[0].percent_off'] });
  const ended = { ...past, percentOff: '101' };
  expect(
    await failureOf(subscriptions.createSubscription({ ...own, discounts: [ended] })),
  ).toMatchObject({ fields: ['discounts[0].percent_off'] });
  expect(
    await failureOf(
      subscriptions.createSubscription({ ...own, discounts: [{ ...past, percentOff: '1' }] }),
    ),
  ).toMatchObject({ fields: ['discounts[0].end_time'] });
});
