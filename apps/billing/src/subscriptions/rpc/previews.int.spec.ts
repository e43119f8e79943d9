import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { Proration } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  CancelTiming,
  ChangeTiming,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
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
  unitFee,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

const NOW = '2024-03-15T12:00:00Z';

let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
let planId: string;
let accountId: string;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ graceMs: 3_600_000, adjustCycles: 12 });
});
afterAll(() => world.stop());
beforeEach(async () => {
  organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const calls = ['2024-02-10', '2024-03-02', '2024-03-15'].map((date) => Date.parse(date));
  world.meteringServer.usage = countOf(() => calls);
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
  const advance = { ...flatFee('31.00'), timing: FeeTiming.ADVANCE };
  planId = (await createPlan(clients, advance, flatFee('7.00'), unitFee('mtr_1'))).id;
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  accountId = account?.id ?? '';
});

/** A bill as it is told, but for what belongs to a subscription that was never made. */
const toldOf = ({ dueTime, period, lines, total }: Bill) => {
  return { dueTime, period, total, lines: lines.map(({ id: _, chargeId: __, ...line }) => line) };
};
const withoutCloseTime = ({ closeTime: _, ...bill }: Bill) => bill;

test.each([
  ['in the past', '2024-01-20T00:00:00Z', 5],
  ['now', NOW, 3],
  ['to come', '2024-03-20T00:00:00Z', 3],
])('a subscription that starts %s makes the bills that were shown', async (_when, start, count) => {
  await advanceTo(clients, NOW);
  const subscription = { accountId, planId, startTime: at(start), quantity: '1' };
  const { bills } = await clients.subscriptions.previewSubscription({ subscription });
  expect(bills).toHaveLength(count);
  expect((await clients.subscriptions.listSubscriptions({})).subscriptions).toEqual([]);
  await clients.subscriptions.createSubscription(subscription);
  await advanceTo(clients, '2024-05-10T00:00:00Z');
  expect((await allBills(clients)).slice(0, count).map(toldOf)).toEqual(bills.map(toldOf));
});

test('what CreateSubscription refuses is refused when it is to be shown, too', async () => {
  const subscription = { accountId: 'acct_none', planId };
  const failure = await failureOf(clients.subscriptions.previewSubscription({ subscription }));
  expect(failure).toMatchObject({ reason: 'SUBSCRIPTION_UNRESOLVED', fields: ['account_id'] });
});

async function subscribedUntilNow(endTime?: string): Promise<string> {
  const { subscription } = await clients.subscriptions.createSubscription({
    ...{ accountId, planId, startTime: at('2024-02-01T00:00:00Z') },
    ...(endTime === undefined ? {} : { endTime: at(endTime) }),
  });
  await advanceTo(clients, NOW);
  return subscription?.id ?? '';
}

test.each([
  ['now', { timing: CancelTiming.NOW, refund: Proration.SECOND }],
  ['now without a refund', { timing: CancelTiming.NOW }],
  ['with its cycle', { timing: CancelTiming.PERIOD_END }],
  [
    'in another cycle',
    {
      ...{ timing: CancelTiming.AT_TIME, refund: Proration.DAY },
      effectiveTime: at('2024-05-10T00:00:00Z'),
    },
  ],
])('a subscription that is cancelled %s makes the bills that were shown', async (_when, asked) => {
  const subscriptionId = await subscribedUntilNow();
  const before = (await allBills(clients)).length;
  const shown = await clients.subscriptions.previewChange({ subscriptionId, cancellation: asked });
  expect(await allBills(clients)).toHaveLength(before);
  await clients.subscriptions.cancelSubscription({ subscriptionId, ...asked });
  await advanceTo(clients, '2024-08-01T00:00:00Z');
  const made = (await allBills(clients)).slice(before);
  expect(made.length).toBeGreaterThan(0);
  expect(shown.bills.map(withoutCloseTime)).toEqual(made.map(withoutCloseTime));
});

test('an end that is taken back makes the bills that were shown', async () => {
  const subscriptionId = await subscribedUntilNow('2024-03-20T00:00:00Z');
  const before = (await allBills(clients)).length;
  const request = { subscriptionId, takenBackNumber: 1 };
  const shown = await clients.subscriptions.previewChange(request);
  // The rest of March had not been charged in advance.
  expect(shown.bill?.total?.amount).toBe('12.00');
  await clients.subscriptions.cancelScheduledChange({ subscriptionId, number: 1 });
  await advanceTo(clients, '2024-03-16T00:00:00Z');
  const made = (await allBills(clients)).slice(before);
  expect(shown.bills.map(withoutCloseTime)).toEqual(made.map(withoutCloseTime));
  const again = clients.subscriptions.previewChange(request);
  expect(await failureOf(again)).toMatchObject({ reason: 'CHANGE_NOT_SCHEDULED' });
});

test('what is wrong with a cancellation that is to be shown is answered by path; only one change is shown', async () => {
  const subscriptionId = await subscribedUntilNow();
  const { previewChange } = clients.subscriptions;
  const cancellation = { timing: CancelTiming.AT_TIME, effectiveTime: at('2024-01-01T00:00:00Z') };
  expect(await failureOf(previewChange({ subscriptionId, cancellation }))).toMatchObject({
    reason: 'CHANGE_INVALID',
    fields: ['cancellation.effective_time'],
  });
  const change = { quantity: '2', timing: ChangeTiming.NOW };
  const both = previewChange({ subscriptionId, change, takenBackNumber: 1 });
  expect(await failureOf(both)).toMatchObject({ reason: 'CHANGE_INVALID' });
});
