import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import {
  BilledMeanwhile,
  SubscriptionStatus,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
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
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ adjustCycles: 1 });
});
afterAll(() => world.stop());
beforeEach(async () => {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '8', eventCount: 8n });
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
});

type Trial = NonNullable<Parameters<Clients['subscriptions']['createSubscription']>[0]['trial']>;
const forDays = (days: number, rest: Partial<Trial> = {}): Trial => ({
  length: { case: 'days', value: days },
  ...rest,
});

/** Subscribes an account to a plan of 31.00 in advance and usage, with the trial. */
async function subscribed(trial: Trial) {
  const platform = {
    name: 'Platform',
    price: { model: { case: 'flat' as const, value: { amount: '31' } } },
    timing: FeeTiming.ADVANCE,
  };
  const plan = await createPlan(clients, platform, unitFee('mtr_1'));
  const { account } = await clients.accounts.createAccount({ name: 'Account' });
  const request = { accountId: account?.id ?? '', planId: plan.id, trial };
  const { subscription } = await clients.subscriptions.createSubscription(request);
  if (subscription === undefined) throw new Error('The subscription was not returned.');
  return subscription;
}

const { NOW, AT_TIME } = ChangeTiming;
const told = (bill: Bill | undefined) =>
  bill?.lines.map(({ description, reason, amount }) =>
    [description, LineReason[reason], amount?.amount].join(' '),
  );
const bills = async () => (await allBills(clients)).map(told);

test('a trial is billed as nothing, and the first cycle that is charged begins at its end', async () => {
  const { id: subscriptionId, status, trial } = await subscribed(forDays(14));
  expect([status, trial?.endTime]).toEqual([
    SubscriptionStatus.TRIALING,
    at('2024-03-15T00:00:00Z'),
  ]);
  await advanceTo(clients, '2024-03-15T00:00:00Z');
  expect(await bills()).toEqual([['Platform UNSPECIFIED 31.00']]);
  const { subscription } = await clients.subscriptions.getSubscription({ subscriptionId });
  expect(subscription).toMatchObject({ status: SubscriptionStatus.ACTIVE });
  expect(subscription?.trial).toBeUndefined();
  await advanceTo(clients, '2024-04-15T00:00:00Z');
  expect((await bills()).at(-1)).toEqual(['Calls UNSPECIFIED 4.00', 'Platform UNSPECIFIED 31.00']);
});

test('cycles from the start: the trial ends inside one, of which the rest is charged', async () => {
  await subscribed(forDays(10, { cyclesFromStart: true, billed: BilledMeanwhile.USAGE }));
  await advanceTo(clients, '2024-03-11T00:00:00Z');
  expect(await bills()).toEqual([['Platform TRIAL_ENDED 21.00']]);
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  // Usage is one, as the trial charges it, too.
  expect((await bills()).at(-1)).toEqual(['Calls UNSPECIFIED 4.00', 'Platform UNSPECIFIED 31.00']);
});

test('a subscription that ends with its trial is charged nothing, unless the trial is converted', async () => {
  const ending = forDays(14, { endsSubscription: true });
  const { id: subscriptionId, endTime } = await subscribed(ending);
  expect(endTime).toEqual(at('2024-03-15T00:00:00Z'));
  await advanceTo(clients, '2024-03-08T00:00:00Z');
  const conversion = { timing: NOW };
  const shown = await clients.subscriptions.previewChange({ subscriptionId, conversion });
  expect(told(shown.bill)).toEqual([expect.stringMatching(/^Platform TRIAL_ENDED /)]);
  const converted = await clients.subscriptions.convertTrial({ subscriptionId, conversion });
  expect(converted.subscription?.endTime).toBeUndefined();
  await advanceTo(clients, '2024-03-15T00:00:00Z');
  expect((await bills()).slice(0, 1)).toEqual([told(shown.bill)]);
  expect((await bills()).at(-1)).toContain('Platform UNSPECIFIED 31.00');
  const refused = await failureOf(
    clients.subscriptions.convertTrial({ subscriptionId, conversion }),
  );
  expect(refused).toMatchObject({ reason: 'SUBSCRIPTION_NOT_ON_TRIAL' });

  const other = await subscribed(ending);
  const later = { timing: AT_TIME, effectiveTime: at('2024-05-01T00:00:00Z') };
  await clients.subscriptions.convertTrial({ subscriptionId: other.id, conversion: later });
  const left = await subscribed(ending);
  await advanceTo(clients, '2024-04-20T00:00:00Z');
  const of = async (id: string) => (await allBills(clients, id)).flatMap((bill) => told(bill));
  expect([await of(other.id), await of(left.id)]).toEqual([[], []]);
});

test('a trial that lasts no time or ends before it begins is refused by its path', async () => {
  expect(await failureOf(subscribed(forDays(0)))).toMatchObject({ reason: 'SUBSCRIPTION_INVALID' });
  const length = { case: 'endTime' as const, value: at('2024-03-01T00:00:00Z') };
  expect(await failureOf(subscribed({ length }))).toMatchObject({ reason: 'SUBSCRIPTION_INVALID' });
});
