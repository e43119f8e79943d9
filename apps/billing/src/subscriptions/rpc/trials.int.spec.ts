import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import {
  BilledMeanwhile,
  SubscriptionStatus,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import { waitFor } from '@billingrails/testing';
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
let organisationId: ReturnType<typeof newOrganisation>;
beforeEach(async () => {
  organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = () => ({ value: '8', eventCount: 8n });
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
});

type Trial = Extract<
  NonNullable<Parameters<Clients['subscriptions']['createSubscription']>[0]['trial']>,
  { $typeName?: never }
>;
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

/** What was used by when: calls cost 0.50 each. */
const limitedTo = (limit: NonNullable<Trial['limit']>, rest: Partial<Trial> = {}): Trial => ({
  ...rest,
  limit,
});
const calls = (quantity: string) =>
  limitedTo({
    limit: { case: 'usage', value: { meterProfile: { meterId: 'mtr_1' }, quantity } },
  });

test('a trial ends when its limit of usage is seen to be reached: what was used until then is not charged', async () => {
  let made: number[] = [];
  world.meteringServer.usage = countOf(() => made);
  const { id: subscriptionId, status, trial } = await subscribed(calls('10'));
  expect(status).toBe(SubscriptionStatus.TRIALING);
  expect(trial).toMatchObject({ limit: { limit: { case: 'usage', value: { quantity: '10' } } } });
  expect(trial?.endTime).toBeUndefined();
  const on = (count: number, time: string) => new Array<number>(count).fill(Date.parse(time));
  made = [
    ...on(9, '2024-03-05T10:00:00Z'),
    ...on(3, '2024-03-10T10:00:00Z'),
    ...on(4, '2024-03-20T10:00:00Z'),
  ];
  await advanceTo(clients, '2024-03-10T00:00:00Z');
  const of = async () =>
    (await clients.subscriptions.getSubscription({ subscriptionId })).subscription;
  expect((await of())?.trial?.billed).toBe(BilledMeanwhile.NOTHING);
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  // From 11 March on: 21 of 31 days, and the calls of the 20th.
  expect(await bills()).toEqual([
    ['Platform TRIAL_ENDED 21.00'],
    ['Calls UNSPECIFIED 2.00', 'Platform UNSPECIFIED 31.00'],
  ]);
  expect(await of()).toMatchObject({ status: SubscriptionStatus.ACTIVE });
  const { events } = await clients.subscriptions.listSubscriptionEvents({ subscriptionId });
  const ended = events.filter(({ event }) => event.case === 'trialEnded');
  expect(ended.map(({ effectiveTime, knownTime }) => [effectiveTime, knownTime])).toEqual([
    [at('2024-03-11T00:00:00Z'), at('2024-03-11T00:00:00Z')],
  ]);
});

test('a trial worth so much ends as it was to end, within seconds of what is told, or when its days are over', async () => {
  let made: number[] = [];
  world.meteringServer.usage = countOf(() => made);
  const worth = { limit: { case: 'amount', value: '5.00' } } as const;
  const ending = limitedTo(worth, { ...forDays(14), endsSubscription: true });
  const { id: subscriptionId, accountId, trial } = await subscribed(ending);
  expect(trial?.endTime).toEqual(at('2024-03-15T00:00:00Z'));
  await advanceTo(clients, '2024-03-03T12:00:00Z');
  made = new Array<number>(9).fill(Date.parse('2024-03-03T01:00:00Z'));
  await world.counted(organisationId, accountId);
  made = [...made, Date.parse('2024-03-03T02:00:00Z')];
  await world.counted(organisationId, accountId);
  const of = async (id: string) =>
    (await clients.subscriptions.getSubscription({ subscriptionId: id })).subscription;
  await waitFor(async () => (await of(subscriptionId))?.status === SubscriptionStatus.CANCELLED, {
    what: 'the trial to end the subscription',
  });
  expect((await of(subscriptionId))?.endTime).toEqual(at('2024-03-03T12:00:00Z'));
  made = [];
  const { id } = await subscribed(limitedTo(worth, forDays(14)));
  await advanceTo(clients, '2024-03-17T12:00:00Z');
  expect((await of(id))?.status).toBe(SubscriptionStatus.ACTIVE);
  expect((await allBills(clients, id)).map(told)).toEqual([['Platform UNSPECIFIED 31.00']]);
  // What it had to come is taken back by hand as ever.
  const other = await subscribed(calls('10'));
  const conversion = { timing: NOW };
  await clients.subscriptions.convertTrial({ subscriptionId: other.id, conversion });
  expect((await of(other.id))?.trial).toBeUndefined();
});

test('a limit that is none is refused by its path', async () => {
  const refused = async (trial: Trial) => (await failureOf(subscribed(trial))).fields;
  expect(await refused(calls('0'))).toEqual(['trial.limit.usage.quantity']);
  const amount = (value: string) => limitedTo({ limit: { case: 'amount', value } });
  expect(await refused(amount('0.00'))).toEqual(['trial.limit.amount']);
  expect(await refused(amount('1.001'))).toEqual(['trial.limit.amount']);
  expect(await refused({})).toEqual(['trial']);
  const unknown = { meterProfile: { meterId: 'mtr_none' }, quantity: '1' };
  expect(await refused(limitedTo({ limit: { case: 'usage', value: unknown } }))).toEqual([
    'trial.limit.usage.meter_profile.meter_id',
  ]);
});
