import type { Clients } from '../testing/clients';
import { failureOf } from '../testing/failure';
import {
  advanceTo,
  at,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
} from '../testing/scenario';
import { startWorld, type Replica, type World } from '../testing/world';

let world: World;
let replica: Replica;
let clients: Clients;
/** What the organisation has, in the order of making. */
const made: Record<string, string[]> = {};

beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
  // Another organisation with one of everything, which no list may show.
  await fill(replica.as(newOrganisation()), 1);
  clients = replica.as(newOrganisation());
  Object.assign(made, await fill(clients, 5));
});
afterAll(() => world.stop());

async function fill(owner: Clients, count: number): Promise<Record<string, string[]>> {
  const ids: Record<string, string[]> = {};
  const note = (kind: string, id = '') => (ids[kind] ??= []).push(id);
  await owner.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  for (let i = 0; i < count; i += 1) {
    const plan = await createPlan(owner, flatFee());
    note('plans', plan.id);
    const subscription = await subscribe(owner, plan.id);
    note('subscriptions', subscription.id);
    note('accounts', subscription.accountId);
    const { feature } = await owner.features.createFeature({
      code: `feature-${i}`,
      name: 'Feature',
    });
    note('features', feature?.id);
    const { entitlement } = await owner.entitlements.createEntitlement({
      featureId: feature?.id ?? '',
      grantee: { case: 'planId', value: plan.id },
    });
    note('entitlements', entitlement?.id);
  }
  await advanceTo(owner, '2023-03-01T00:00:00Z');
  return ids;
}

interface Page {
  readonly keys: string[];
  readonly nextPageToken: string;
}

const lists: Record<
  string,
  (owner: Clients, pageSize: number, pageToken: string) => Promise<Page>
> = {
  async accounts(owner, pageSize, pageToken) {
    const page = await owner.accounts.listAccounts({ pageSize, pageToken });
    return { keys: page.accounts.map(({ id }) => id), nextPageToken: page.nextPageToken };
  },
  async plans(owner, pageSize, pageToken) {
    const page = await owner.plans.listPlans({ pageSize, pageToken });
    return { keys: page.plans.map(({ id }) => id), nextPageToken: page.nextPageToken };
  },
  async subscriptions(owner, pageSize, pageToken) {
    const page = await owner.subscriptions.listSubscriptions({ pageSize, pageToken });
    return { keys: page.subscriptions.map(({ id }) => id), nextPageToken: page.nextPageToken };
  },
  async features(owner, pageSize, pageToken) {
    const page = await owner.features.listFeatures({ pageSize, pageToken });
    return { keys: page.features.map(({ id }) => id), nextPageToken: page.nextPageToken };
  },
  async entitlements(owner, pageSize, pageToken) {
    const page = await owner.entitlements.listEntitlements({ pageSize, pageToken });
    return { keys: page.entitlements.map(({ id }) => id), nextPageToken: page.nextPageToken };
  },
  async bills(owner, pageSize, pageToken) {
    const page = await owner.bills.listBills({ pageSize, pageToken });
    const keys = page.bills.map(({ subscriptionId, cycle }) => `${subscriptionId}/${cycle}`);
    return { keys, nextPageToken: page.nextPageToken };
  },
};

const inOrder = (name: string): string[] =>
  name === 'bills'
    ? (made['subscriptions'] ?? []).flatMap((id) => [`${id}/0`, `${id}/1`])
    : (made[name] ?? []);

describe.each(Object.entries(lists))('the list of %s', (name, list) => {
  test.each([1, 2, 5, 0])('shows everything once, in order, by pages of %i', async (pageSize) => {
    const keys: string[] = [];
    let pageToken = '';
    do {
      const page = await list(clients, pageSize, pageToken);
      expect(page.keys.length).toBeLessThanOrEqual(pageSize || 100);
      expect(page.keys.length).toBeGreaterThan(0);
      keys.push(...page.keys);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    // Accounts are listed by their ids, which the server made here, so by age as well.
    expect(keys).toEqual(inOrder(name));
  });

  test('refuses a token that it did not give', async () => {
    for (const token of ['nonsense', Buffer.from('{"after":1}').toString('base64url')]) {
      const failure = await failureOf(list(clients, 2, token));
      expect(failure).toMatchObject({ code: 'InvalidArgument', fields: ['page_token'] });
    }
  });

  test('shows nothing to an organisation that has nothing', async () => {
    expect(await list(replica.as(newOrganisation()), 0, '')).toEqual({
      keys: [],
      nextPageToken: '',
    });
  });
});

test('subscriptions are listed by account, entitlements by feature, closed periods by subscription', async () => {
  const [accountId = '', featureId = '', subscriptionId = ''] = [
    'accounts',
    'features',
    'subscriptions',
  ].map((kind) => made[kind]?.[2]);
  const { subscriptions } = await clients.subscriptions.listSubscriptions({ accountId });
  expect(subscriptions.map(({ id }) => id)).toEqual([subscriptionId]);
  const { entitlements } = await clients.entitlements.listEntitlements({ featureId });
  expect(entitlements.map(({ id }) => id)).toEqual([made['entitlements']?.[2]]);
  const first = await clients.bills.listBills({ subscriptionId, pageSize: 1 });
  const second = await clients.bills.listBills({
    subscriptionId,
    pageSize: 1,
    pageToken: first.nextPageToken,
  });
  expect([first, second].map(({ bills }) => bills.map(({ cycle }) => cycle))).toEqual([[0], [1]]);
  expect(second.nextPageToken).toBe('');
});

test('a page token of another subscription shows nothing of that one', async () => {
  const [first = '', , third = ''] = made['subscriptions'] ?? [];
  const { nextPageToken } = await clients.bills.listBills({
    subscriptionId: first,
    pageSize: 1,
  });
  const page = await clients.bills.listBills({
    subscriptionId: third,
    pageToken: nextPageToken,
  });
  expect(page.bills.map(({ subscriptionId, cycle }) => [subscriptionId, cycle])).toEqual([
    [third, 1],
  ]);
});

test("a bill's lines are left out on request, and listed in pages in their order", async () => {
  const fees = [flatFee('1'), flatFee('2'), flatFee('3')];
  const owner = replica.as(newOrganisation());
  await owner.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  await subscribe(owner, (await createPlan(owner, ...fees)).id);
  await advanceTo(owner, '2023-02-02T00:00:00Z');
  const { bills } = await owner.bills.listBills({});
  const { bills: heads } = await owner.bills.listBills({ omitLines: true });
  expect(heads).toEqual(bills.map((bill) => ({ ...bill, lines: [] })));
  const billId = bills[0]?.id ?? '';
  const { bill: head } = await owner.bills.getBill({ billId, omitLines: true });
  expect(head).toEqual(heads[0]);
  const first = await owner.bills.listBillLines({ billId, pageSize: 2 });
  const pageToken = first.nextPageToken;
  const second = await owner.bills.listBillLines({ billId, pageSize: 2, pageToken });
  expect([...first.lines, ...second.lines]).toEqual(bills[0]?.lines);
  expect([first.lines.length, second.nextPageToken]).toEqual([2, '']);
});
