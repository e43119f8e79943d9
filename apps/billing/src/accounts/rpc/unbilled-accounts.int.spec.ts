import { UnbilledReason } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import type { Clients } from '../../testing/clients';
import { at, createPlan, newOrganisation, subscribe } from '../../testing/scenario';
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
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
});

const first = at('2024-01-02T10:30:00Z');
const last = at('2024-01-20T00:00:00Z');
const { UNKNOWN_ACCOUNT, NO_SUBSCRIPTION, SUBSCRIPTION_ENDED } = UnbilledReason;

const sent = (accountId: string, eventCount = 3n) =>
  world.meteringServer.addEvents(organisationId, {
    ...{ accountId, eventCount, firstEventTime: first, lastEventTime: last },
  });
const create = (accountId: string) =>
  clients.accounts.createAccount({ accountId, name: accountId });

async function unbilled() {
  const { accounts } = await clients.accounts.listUnbilledAccounts({});
  return accounts.map(({ accountId, reason }) => [accountId, reason]);
}

test('a mistyped account is listed with its events, what they come to, and the account it looks like', async () => {
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls', 'other');
  world.meteringServer.usage = () => ({ value: '41.5', eventCount: 2n });
  const { accountId } = await subscribe(clients, (await createPlan(clients)).id);
  await create('acct_67890');
  await create('globex');
  sent('acct_67980');
  sent(accountId);
  const { accounts, nextPageToken } = await clients.accounts.listUnbilledAccounts({});
  expect(nextPageToken).toBe('');
  expect(accounts).toMatchObject([
    {
      accountId: 'acct_67980',
      reason: UNKNOWN_ACCOUNT,
      eventCount: 3n,
      firstEventTime: first,
      lastEventTime: last,
      usages: [
        {
          ...{ meterId: 'mtr_1', meterName: 'mtr_1', profile: 'calls' },
          ...{ quantity: '41.5', eventCount: 2n },
        },
      ],
      nearAccountIds: ['acct_67890'],
    },
  ]);
  expect(world.meteringServer.askedBy(organisationId)).toMatchObject([
    {
      request: {
        accountIds: ['acct_67980'],
        startTime: at('2024-01-02T10:00:00Z'),
        endTime: at('2024-01-20T01:00:00Z'),
      },
    },
  ]);
});

test('each account is listed for its reason, and no longer once it is billed', async () => {
  const plan = await createPlan(clients);
  for (const id of ['ended', 'later', 'none', 'taken', 'unknown'])
    sent(id, id === 'taken' ? 0n : 3n);
  for (const id of ['ended', 'later', 'none']) await create(id);
  const subscribed = async (accountId: string, startTime: string) => {
    const request = { accountId, planId: plan.id, startTime: at(startTime) };
    return (await clients.subscriptions.createSubscription(request)).subscription?.id ?? '';
  };
  const cancel = (subscriptionId: string, timing: CancelTiming) =>
    clients.subscriptions.cancelSubscription({ subscriptionId, timing });
  await cancel(await subscribed('ended', '2023-12-10T00:00:00Z'), CancelTiming.PERIOD_END);
  await cancel(await subscribed('later', '2024-01-01T00:00:00Z'), CancelTiming.PERIOD_END);
  // Cancelled before it started, it never billed anything.
  await cancel(await subscribed('none', '2024-06-01T00:00:00Z'), CancelTiming.NOW);
  expect(await unbilled()).toEqual([
    ['ended', SUBSCRIPTION_ENDED],
    ['none', NO_SUBSCRIPTION],
    ['unknown', UNKNOWN_ACCOUNT],
  ]);
  const report = await clients.accounts.getUnbilledReport({});
  expect(report).toMatchObject({
    accountCount: 5n,
    unbilled: [
      { reason: UNKNOWN_ACCOUNT, accountCount: 1n, eventCount: 3n },
      { reason: NO_SUBSCRIPTION, accountCount: 1n, eventCount: 3n },
      { reason: SUBSCRIPTION_ENDED, accountCount: 1n, eventCount: 3n },
    ],
  });
  await create('unknown');
  await subscribed('unknown', '2024-01-01T00:00:00Z');
  await subscribed('none', '2024-01-01T00:00:00Z');
  expect(await unbilled()).toEqual([['ended', SUBSCRIPTION_ENDED]]);
});

test('pages go on over accounts that are billed, and show everyone once', async () => {
  const plan = await createPlan(clients);
  for (let index = 10; index < 30; index += 1) {
    sent(`acct_${index}`);
    if (index % 7 === 0) continue;
    await create(`acct_${index}`);
    await clients.subscriptions.createSubscription({ accountId: `acct_${index}`, planId: plan.id });
  }
  const listed: string[] = [];
  let pageToken = '';
  do {
    const page = await clients.accounts.listUnbilledAccounts({ pageSize: 2, pageToken });
    expect(page.accounts.length).toBeLessThanOrEqual(2);
    listed.push(...page.accounts.map(({ accountId }) => accountId));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(listed).toEqual(['acct_14', 'acct_21', 'acct_28']);
});

test('the metrics count whom nobody is billed for, of all organisations, again and again', async () => {
  const watching = await world.replica({ unbilledSweepMs: 50 });
  const counted = async (metric: string, reason: string): Promise<number | undefined> => {
    const text = await (await fetch(`http://127.0.0.1:${watching.billing.port}/metrics`)).text();
    const name = `billingrails_billing_unbilled_${metric}{reason="${reason}"} `;
    const line = text.split('\n').find((each) => each.startsWith(name));
    return line === undefined ? undefined : Number(line.slice(name.length));
  };
  const settled = () =>
    waitFor(async () => (await counted('accounts', 'unknown_account')) !== undefined, {
      what: 'the first look',
    });
  await settled();
  const accounts = Number(await counted('accounts', 'unknown_account'));
  const events = Number(await counted('events', 'unknown_account'));
  const [one, two] = [newOrganisation(), newOrganisation()];
  for (const id of [one, two]) {
    await replica.as(id).accounts.createAccount({ name: 'Account' });
    const span = { firstEventTime: first, lastEventTime: last };
    const sentEvents = { accountId: 'acct_unknown', eventCount: 5n, ...span };
    world.meteringServer.addEvents(id, sentEvents);
  }
  await waitFor(async () => (await counted('accounts', 'unknown_account')) === accounts + 2, {
    what: 'both to be counted',
  });
  expect(await counted('events', 'unknown_account')).toBe(events + 10);
  expect(await counted('accounts', 'no_subscription')).toBeGreaterThanOrEqual(0);
  await watching.stop();
});
