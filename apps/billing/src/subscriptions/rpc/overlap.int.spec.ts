import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Clients } from '../../testing/clients';
import { failureOf } from '../../testing/failure';
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
let organisationId: OrganisationId;
let clients: Clients;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world.stop());
beforeEach(async () => {
  organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls', 'seconds');
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
});

type More = Partial<{
  start: string;
  allowDuplicate: boolean;
  allowSharedUsage: boolean;
  fees: ReturnType<typeof unitFee>[];
}>;

async function another(accountId: string, planId: string, { start, ...more }: More = {}) {
  const startTime = start === undefined ? {} : { startTime: at(start) };
  const request = { accountId, planId, ...startTime, ...more };
  return (await clients.subscriptions.createSubscription(request)).subscription;
}

const duplicate = {
  code: 'AlreadyExists',
  reason: 'SUBSCRIPTION_EXISTS',
  fields: ['allow_duplicate'],
};
const shared = { code: 'FailedPrecondition', reason: 'USAGE_CHARGED_TWICE' };

test('a second subscription of the same plan at the same time is refused unless it is asked for', async () => {
  const plan = await createPlan(clients, unitFee('mtr_1'));
  const { accountId } = await subscribe(clients, plan.id, { start: '2024-02-01T00:00:00Z' });
  // It has no end, so it reaches into the time of the other.
  for (const start of ['2023-01-01T00:00:00Z', '2024-02-01T00:00:00Z', '2025-01-01T00:00:00Z'])
    expect(await failureOf(another(accountId, plan.id, { start }))).toEqual(duplicate);
  expect(await another(accountId, plan.id, { allowDuplicate: true })).toBeDefined();
  // Another account is no matter.
  await subscribe(clients, plan.id);
});

test('where one ends, the same plan may begin', async () => {
  const plan = await createPlan(clients, unitFee('mtr_1'));
  const { id, accountId } = await subscribe(clients, plan.id);
  await advanceTo(clients, '2024-01-10T00:00:00Z');
  await clients.subscriptions.cancelSubscription({
    subscriptionId: id,
    timing: CancelTiming.PERIOD_END,
  });
  expect(await failureOf(another(accountId, plan.id))).toEqual(duplicate);
  const start = '2024-01-31T23:59:59.999Z';
  expect(await failureOf(another(accountId, plan.id, { start }))).toEqual(duplicate);
  expect(await another(accountId, plan.id, { start: '2024-02-01T00:00:00Z' })).toBeDefined();
});

test('of many equal requests at the same time one is created', async () => {
  const plan = await createPlan(clients);
  await clients.accounts.createAccount({ accountId: 'acct_1', name: 'Account' });
  const asked = Array.from({ length: 8 }, () => another('acct_1', plan.id));
  const answers = await Promise.allSettled(asked);
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('two subscriptions that price the same profile are refused unless it is asked for, wherever their fees are', async () => {
  const [one, two] = [
    await createPlan(clients, unitFee('mtr_1')),
    await createPlan(clients, flatFee(), unitFee('mtr_1', 'calls', '2')),
  ];
  const { id, accountId } = await subscribe(clients, one.id);
  expect(await failureOf(another(accountId, two.id))).toEqual({
    ...shared,
    fields: ['allow_shared_usage'],
  });
  const bare = await createPlan(clients, flatFee());
  const fees = [unitFee('mtr_1')];
  expect(await failureOf(another(accountId, bare.id, { fees }))).toMatchObject(shared);
  expect(await failureOf(another(accountId, two.id, { allowDuplicate: true }))).toMatchObject(
    shared,
  );
  expect(await another(accountId, two.id, { allowSharedUsage: true })).toBeDefined();
  expect(id).not.toBe('');
});

test('other profiles of the same meter, and flat fees, are no matter', async () => {
  const [one, two] = [
    await createPlan(clients, flatFee(), unitFee('mtr_1', 'calls')),
    await createPlan(clients, flatFee(), unitFee('mtr_1', 'seconds')),
  ];
  const { accountId } = await subscribe(clients, one.id);
  expect(await another(accountId, two.id)).toBeDefined();
});

test('a fee that is added to one subscription may not price what another does, unless it is asked for', async () => {
  const [one, two] = [await createPlan(clients, unitFee('mtr_1')), await createPlan(clients)];
  const { accountId, id } = await subscribe(clients, one.id);
  const other = await another(accountId, two.id);
  const add = (subscriptionId: string, allowSharedUsage = false) =>
    clients.subscriptions.addSubscriptionFee({
      subscriptionId,
      fee: unitFee('mtr_1', 'calls', '3'),
      allowSharedUsage,
    });
  expect(await failureOf(add(other?.id ?? ''))).toMatchObject(shared);
  // Two fees of one subscription may: that is seen where they are.
  await add(id);
  await add(other?.id ?? '', true);
});

test('two subscriptions of a plan, each with a fee of its own on a profile of its own, charge each its part of the usage', async () => {
  world.meteringServer.addMeter(organisationId, 'mtr_2', 'all', 'alpha', 'beta');
  const counts: Record<string, string> = { alpha: '7', beta: '5' };
  world.meteringServer.usage = ({ request }) => ({ value: counts[request.profile] ?? '12' });
  const plan = await createPlan(clients, flatFee('20'));
  const fees = (project: string) => [unitFee('mtr_2', project, '1')];
  const { accountId, id } = await subscribe(clients, plan.id, { fees: fees('alpha') });
  const more = { allowDuplicate: true, fees: fees('beta') };
  const other = await another(accountId, plan.id, more);
  await advanceTo(clients, '2024-02-01T00:00:00Z');
  const charged = async (subscriptionId: string) =>
    (await allBills(clients, subscriptionId)).map(({ lines }) =>
      lines.map(({ quantity, exactAmount: amount }) => [quantity, amount]),
    );
  expect(await charged(id)).toEqual([
    [
      ['1', '20'],
      ['7', '7'],
    ],
  ]);
  expect(await charged(other?.id ?? '')).toEqual([
    [
      ['1', '20'],
      ['5', '5'],
    ],
  ]);
});
