import { timestampMs } from '@bufbuild/protobuf/wkt';
import {
  BilledTo,
  InvoiceGrouping,
} from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { waitFor } from '@billingrails/testing';
import { sentMessages } from '../../testing/billing-messages';
import type { Clients } from '../../testing/clients';
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

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ joinTries: 2 });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.meteringServer.usage = () => ({ value: '7' });
});

async function organisationOnTestClock(from = replica) {
  const organisationId = newOrganisation();
  const clients = from.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  return { organisationId, clients };
}

async function accountOf(clients: Clients, name: string, request: object = {}): Promise<string> {
  return (await clients.accounts.createAccount({ name, ...request })).account?.id ?? '';
}

/** The invoices that the messages make: of each its bills as `subscription month-day`, in the order of the sections. */
async function invoicesOf(
  clients: Clients,
  organisationId: string,
  names: ReadonlyMap<string, string>,
): Promise<string[][]> {
  const bills = await allBills(clients);
  const mine = async () =>
    (await sentMessages(replica.bus)).filter(
      ({ content }) => content.organisationId === organisationId,
    );
  await waitFor(async () => (await mine()).length >= bills.length, { what: 'a message each' });
  const sent = await mine();
  expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(sent.length);
  const invoices = new Map<string, string[]>();
  for (const { content } of sent.sort((a, b) => a.content.part - b.content.part)) {
    const { jointId, part, partCount, bill } = content;
    if (bill?.dueTime === undefined) throw new Error('The message holds no bill.');
    const parts = invoices.get(jointId || bill.id) ?? [];
    expect(parts).toHaveLength(part);
    const day = new Date(timestampMs(bill.dueTime)).toISOString().slice(5, 10);
    parts.push(`${names.get(bill.subscriptionId)} ${day}`);
    invoices.set(jointId || bill.id, parts);
    if (part === partCount - 1) expect(parts).toHaveLength(partCount);
  }
  return [...invoices.values()].sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

test('bills of an account that fall due at one instant are one invoice, others are not', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const [one, other] = [await accountOf(clients, 'One'), await accountOf(clients, 'Other')];
  const monthly = await createPlan(clients, flatFee(), unitFee('mtr_1'));
  const ahead = await createPlan(clients, {
    ...flatFee(),
    timing: FeeTiming.ADVANCE,
  });
  const names = new Map<string, string>();
  for (const [name, accountId, planId, start] of [
    ['a', one, monthly.id, '2023-01-01T00:00:00Z'],
    ['b', one, ahead.id, '2023-01-01T00:00:00Z'],
    ['c', one, monthly.id, '2023-01-01T00:00:00Z'],
    ['later', one, monthly.id, '2023-01-20T00:00:00Z'],
    ['other', other, monthly.id, '2023-01-01T00:00:00Z'],
  ] as const)
    names.set((await subscribe(clients, planId, { accountId, start })).id, name);
  await advanceTo(clients, '2023-03-31T00:00:00Z');
  expect(await invoicesOf(clients, organisationId, names)).toEqual([
    ['a 02-01', 'b 02-01', 'c 02-01'],
    ['a 03-01', 'b 03-01', 'c 03-01'],
    // In advance, when it was asked for: whatever else is asked for then comes by itself, whoever is faster.
    ['b 01-01'],
    ['later 02-20'],
    ['later 03-20'],
    ['other 02-01'],
    ['other 03-01'],
  ]);
});

test('an account may have every bill as an invoice by itself, from when it says so', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const accountId = await accountOf(clients, 'One', { invoiceGrouping: InvoiceGrouping.SEPARATE });
  const plan = await createPlan(clients, flatFee());
  const names = new Map<string, string>();
  for (const name of ['a', 'b'])
    names.set((await subscribe(clients, plan.id, { accountId })).id, name);
  await advanceTo(clients, '2023-02-15T00:00:00Z');
  const grouped = async (invoiceGrouping: InvoiceGrouping, until: string) => {
    await clients.accounts.updateAccount({ accountId, invoiceGrouping });
    await advanceTo(clients, until);
  };
  await grouped(InvoiceGrouping.JOINT, '2023-03-15T00:00:00Z');
  await grouped(InvoiceGrouping.SEPARATE, '2023-04-15T00:00:00Z');
  expect(await invoicesOf(clients, organisationId, names)).toEqual([
    ['a 02-01'],
    ['a 03-01', 'b 03-01'],
    ['a 04-01'],
    ['b 02-01'],
    ['b 04-01'],
  ]);
});

test('an invoice waits for a bill that cannot be made yet, but not for ever: that is then one by itself', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const accountId = await accountOf(clients, 'One');
  const flat = await createPlan(clients, flatFee());
  const metered = await createPlan(clients, unitFee('mtr_1'));
  const names = new Map<string, string>();
  for (const [name, planId] of [
    ['a', flat.id],
    ['b', flat.id],
    ['usage', metered.id],
  ] as const)
    names.set((await subscribe(clients, planId, { accountId })).id, name);
  let failures = 1;
  let asked = 0;
  world.meteringServer.usage = (query) => {
    if (query.organisationId === organisationId) asked += 1;
    const partial = asked <= failures;
    return { value: '7', partial };
  };
  await advanceTo(clients, '2023-02-01T00:00:00Z');
  expect(asked).toBe(2);
  failures = Infinity;
  await clients.testClock.advanceTestClock({ currentTime: at('2023-03-01T00:00:00Z') });
  await waitFor(async () => (await allBills(clients)).length === 5, {
    what: 'others to be billed',
  });
  expect(asked).toBe(4);
  failures = 0;
  await advanceTo(clients, '2023-03-01T00:00:00Z');
  await advanceTo(clients, '2023-04-01T00:00:00Z');
  expect(await invoicesOf(clients, organisationId, names)).toEqual([
    ['a 02-01', 'b 02-01', 'usage 02-01'],
    ['a 03-01', 'b 03-01'],
    ['a 04-01', 'b 04-01', 'usage 04-01'],
    ['usage 03-01'],
  ]);
});

test('replicas that race take the bills of an invoice together, each once', async () => {
  const settings = { batchMax: 3, concurrency: 4, pollMs: 5, claimMs: 400 };
  const others = [await world.replica(settings), await world.replica(settings)];
  const { organisationId, clients } = await organisationOnTestClock(others[0]);
  const plan = await createPlan(clients, flatFee(), unitFee('mtr_1'));
  const names = new Map<string, string>();
  const accounts = ['a', 'b', 'c', 'd'];
  for (const name of accounts) {
    const accountId = await accountOf(clients, name);
    for (const index of [1, 2, 3])
      names.set((await subscribe(clients, plan.id, { accountId })).id, `${name}${index}`);
  }
  await advanceTo(clients, '2023-07-01T00:00:00Z');
  const days = ['02-01', '03-01', '04-01', '05-01', '06-01', '07-01'];
  expect(await invoicesOf(clients, organisationId, names)).toEqual(
    accounts.flatMap((name) =>
      days.map((day) => [1, 2, 3].map((index) => `${name}${index} ${day}`)),
    ),
  );
  for (const other of others) await other.stop();
});

test('a parent owes the bills of those it pays for, from when it does so, on one invoice with its own', async () => {
  const { organisationId, clients } = await organisationOnTestClock();
  const parentAccountId = await accountOf(clients, 'Parent');
  const child = await accountOf(clients, 'Child', { parentAccountId });
  const grandchild = await accountOf(clients, 'Grandchild', { parentAccountId: child });
  const plan = await createPlan(clients, flatFee());
  const names = new Map<string, string>();
  for (const [name, accountId] of [
    ['own', parentAccountId],
    ['child', child],
    ['grandchild', grandchild],
  ] as const)
    names.set((await subscribe(clients, plan.id, { accountId })).id, name);
  await advanceTo(clients, '2023-02-15T00:00:00Z');
  const { account } = await clients.accounts.updateAccount({
    accountId: child,
    billedTo: BilledTo.SELF,
  });
  expect(account).toMatchObject({ parentAccountId, payerAccountId: child });
  await advanceTo(clients, '2023-03-15T00:00:00Z');
  await clients.accounts.updateAccount({ accountId: child, parentAccountId: '' });
  await clients.accounts.updateAccount({ accountId: grandchild, parentAccountId });
  await advanceTo(clients, '2023-04-15T00:00:00Z');
  const byName = (a: string[], b: string[]) => (a.join() < b.join() ? -1 : 1);
  const invoices = await invoicesOf(clients, organisationId, names);
  expect(invoices.map((sections) => [...sections].sort()).sort(byName)).toEqual([
    ['child 02-01', 'grandchild 02-01', 'own 02-01'],
    ['child 03-01', 'grandchild 03-01'],
    ['child 04-01'],
    ['grandchild 04-01', 'own 04-01'],
    ['own 03-01'],
  ]);
  const payers = (await allBills(clients)).map(({ accountId, dueTime, payerAccountId }) => [
    ...[accountId, new Date(timestampMs(dueTime as never)).getUTCMonth() + 1, payerAccountId],
  ]);
  expect(payers).toEqual(
    expect.arrayContaining([
      [grandchild, 2, parentAccountId],
      [grandchild, 3, child],
      [grandchild, 4, parentAccountId],
      [child, 4, child],
    ]),
  );
  const sent = async () =>
    (await sentMessages(replica.bus)).filter(
      ({ content }) => content.bill?.accountId === grandchild,
    );
  await waitFor(async () => (await sent()).length >= 3, { what: 'a message of each bill' });
  const said = (await sent()).map(({ content: { bill } }) => [
    bill?.accountName,
    bill?.payerAccountName,
  ]);
  expect(said.sort()).toEqual([
    ['Grandchild', 'Child'],
    ['Grandchild', 'Parent'],
    ['Grandchild', 'Parent'],
  ]);
});

test('accounts are never above each other in a circle, nor too many, whoever asks at the same time', async () => {
  const { clients } = await organisationOnTestClock();
  const [a, b] = [await accountOf(clients, 'A'), await accountOf(clients, 'B')];
  const outcomes = await Promise.allSettled([
    clients.accounts.updateAccount({ accountId: a, parentAccountId: b }),
    clients.accounts.updateAccount({ accountId: b, parentAccountId: a }),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  let parentAccountId = await accountOf(clients, 'Level 1');
  for (let level = 2; level <= 5; level += 1)
    parentAccountId = await accountOf(clients, `Level ${level}`, { parentAccountId });
  await expect(accountOf(clients, 'Level 6', { parentAccountId })).rejects.toThrow('parent');
  await expect(accountOf(clients, 'Lost', { parentAccountId: 'nobody' })).rejects.toThrow('parent');
});
