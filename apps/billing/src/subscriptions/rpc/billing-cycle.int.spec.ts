import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import {
  CycleUnit,
  Proration,
  type BillingCycleSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { BillLine } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import type { CreateSubscriptionResponse } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  newOrganisation,
  unitFee,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ adjustCycles: 1 });
});
afterAll(() => world.stop());
beforeEach(async () => {
  organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '8', eventCount: 8n });
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-02-10T00:00:00Z') });
});

const rent = {
  name: 'Rent',
  price: { model: { case: 'flat' as const, value: { amount: '91' } } },
  timing: FeeTiming.ADVANCE,
};

async function subscribe(
  billingCycle: MessageInitShape<typeof BillingCycleSchema>,
  timeZone: string,
) {
  const plan = await createPlan(clients, rent, unitFee('mtr_1', '', '1'));
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  const accountId = account?.id ?? '';
  return clients.subscriptions.createSubscription({
    accountId,
    planId: plan.id,
    timeZone,
    billingCycle,
  });
}

/** What a subscription is billed, a text a line: the span that it is for, then what. */
async function linesOf(subscriptionId = ''): Promise<string[]> {
  const bills = await allBills(clients, subscriptionId);
  return bills.flatMap(({ lines }) => lines.map(told)).sort();
}

function told({ description, period, amount }: BillLine): string {
  const days = [period?.startTime, period?.endTime].map((time) =>
    time === undefined ? '' : new Date(timestampMs(time)).toISOString().slice(0, 13),
  );
  return `${days.join(' ')} ${description} ${amount?.amount}`;
}

test('quarters of the calendar begin at local midnight, the first one short and charged by its days', async () => {
  const { subscription } = await subscribe(
    { unit: CycleUnit.QUARTER, anchor: { case: 'calendar', value: {} } },
    'Europe/Berlin',
  );
  expect(subscription?.billingCycle).toMatchObject({
    unit: CycleUnit.QUARTER,
    count: 1,
    firstProration: Proration.DAY,
    anchor: { case: 'calendar' },
  });
  await advanceTo(clients, '2024-07-01T00:00:00Z');
  // 10 February to 1 April are 51 of the quarter's 91 days. Berlin is an hour ahead of UTC in winter, two in summer.
  expect(await linesOf()).toEqual([
    '2024-02-10T00 2024-03-31T22 Calls 8.00',
    '2024-02-10T00 2024-03-31T22 Rent 51.00',
    '2024-03-31T22 2024-06-30T22 Calls 8.00',
    '2024-03-31T22 2024-06-30T22 Rent 91.00',
    '2024-06-30T22 2024-09-30T22 Rent 91.00',
  ]);
});

test('two weeks from the start follow each other; a day of the week anchors them where one is given', async () => {
  const fortnights = await subscribe({ unit: CycleUnit.WEEK, count: 2 }, 'UTC');
  const wednesdays = await subscribe(
    {
      unit: CycleUnit.WEEK,
      anchor: { case: 'calendar', value: { weekday: 3 } },
      firstProration: Proration.NONE,
    },
    'UTC',
  );
  await advanceTo(clients, '2024-02-24T00:00:00Z');
  const rents = async ({ subscription }: CreateSubscriptionResponse) =>
    (await linesOf(subscription?.id)).filter((line) => line.includes('Rent'));
  expect(await rents(fortnights)).toEqual([
    '2024-02-10T00 2024-02-24T00 Rent 91.00',
    '2024-02-24T00 2024-03-09T00 Rent 91.00',
  ]);
  expect(await rents(wednesdays)).toEqual([
    '2024-02-10T00 2024-02-14T00 Rent 91.00',
    '2024-02-14T00 2024-02-21T00 Rent 91.00',
    '2024-02-21T00 2024-02-28T00 Rent 91.00',
  ]);
});

test('everything wrong with a billing cycle is named by its path', async () => {
  const failure = await failureOf(
    subscribe(
      {
        unit: CycleUnit.MONTH,
        count: 121,
        anchor: { case: 'calendar', value: { weekday: 1, dayOfMonth: 32 } },
      },
      'UTC',
    ),
  );
  expect(failure).toMatchObject({ reason: 'SUBSCRIPTION_INVALID' });
  expect(failure.fields).toEqual([
    'billing_cycle.count',
    'billing_cycle.calendar.weekday',
    'billing_cycle.calendar.day_of_month',
  ]);
});
