import { create, toBinary } from '@bufbuild/protobuf';
import { AccountDeletedSchema } from '@billingrails/contracts/billingrails/bus/v1/account_deleted_pb';
import { ObjectChangedSchema } from '@billingrails/contracts/billingrails/bus/v1/object_changed_pb';
import { Finalization } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_pb';
import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import { decimal } from '@billingrails/money';
import { Binary, Timestamp } from 'mongodb';
import type { PostedBill } from '../domain/posted-bill';
import { account, flatCharge, postedBill, organisation } from '../../testing/posted-bills';
import { changesOf } from '../../testing/changes';
import { billPartBytes } from '../../testing/bill-part-message';
import { openStores } from '../../store/stores';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;

beforeAll(async () => {
  world = await startWorld({ alone: true });
});

afterAll(async () => {
  await world?.stop();
});

/** The `index`th closed period of an organisation. */
function period(organisationId: OrganisationId, index = 1): PostedBill {
  return postedBill({ organisationId, billId: derivedId('bill', String(index)) });
}

async function numbersOf(replica: Replica, organisationId: OrganisationId): Promise<string[]> {
  const { invoices } = await replica.as(organisationId).listInvoices({ pageSize: 1000 });
  return invoices.map(({ number }) => number).sort();
}

/** Drafts of an organisation that wait for approval. */
async function draftsOf(
  replica: Replica,
  organisationId: OrganisationId,
  count: number,
): Promise<string[]> {
  const settings = { finalization: Finalization.ON_APPROVAL };
  await replica
    .client(InvoicingSettingsService, organisationId)
    .updateInvoicingSettings({ settings });
  for (let index = 1; index <= count; index += 1)
    await world.publish(period(organisationId, index));
  await world.settled();
  const { invoices } = await replica.as(organisationId).listInvoices({ pageSize: 1000 });
  expect(invoices).toHaveLength(count);
  return invoices.map((invoice) => invoice.id);
}

/** Finalizes each until it is, whatever is away meanwhile: the same request again gets the first answer. */
async function finalizeAll(
  replica: Replica,
  organisationId: OrganisationId,
  invoiceIds: readonly string[],
): Promise<void> {
  const client = replica.as(organisationId);
  for (const invoiceId of invoiceIds) {
    const request = { invoiceId, requestId: invoiceId };
    const isDone = () =>
      client.finalizeInvoice(request).then(
        ({ invoice }) => !!invoice?.number,
        () => false,
      );
    await waitFor(isDone, { what: `the invoice ${invoiceId} to be finalized` });
  }
}

const firstNumbers = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `INV-${String(index + 1).padStart(6, '0')}`);

const quarantined = () => world.mongo.db.collection('quarantine').find().toArray();

test('a message that comes twice gives one invoice and one number', async () => {
  const id = organisation('twice');
  const replica = await world.replica();
  await world.publish(period(id));
  await world.publish(period(id));
  await world.publish(period(id, 2));
  await world.settled();
  expect(await numbersOf(replica, id)).toEqual(firstNumbers(2));
  await replica.stop();
});

test('two replicas racing over many messages, some sent twice, number each organisation 1 to n', async () => {
  const organisations = ['race a', 'race b', 'race c'].map(organisation);
  for (let index = 1; index <= 25; index += 1) {
    for (const id of organisations) {
      await world.publish(period(id, index));
      if (index % 5 === 0) await world.publish(period(id, index));
    }
  }
  const [first, second] = await Promise.all([world.replica(), world.replica()]);
  await world.settled();
  for (const id of organisations) {
    expect(await numbersOf(first, id)).toEqual(firstNumbers(25));
    expect(await numbersOf(second, id)).toEqual(firstNumbers(25));
  }
  await Promise.all([first.stop(), second.stop()]);
});

test('a replica that ends in the middle of its messages leaves none behind', async () => {
  const id = organisation('ending');
  const first = await world.replica();
  for (let index = 1; index <= 40; index += 1) await world.publish(period(id, index));
  await waitFor(async () => (await numbersOf(first, id)).length > 3, { what: 'some invoices' });
  await first.stop();
  const second = await world.replica();
  await world.settled();
  expect(await numbersOf(second, id)).toEqual(firstNumbers(40));
  await second.stop();
});

test.each(['nats', 'mongo'] as const)(
  'a kill -9 of %s in the middle loses no invoice and no number',
  async (server) => {
    const id = organisation(`kill ${server}`);
    const replica = await world.replica();
    const held = organisation(`held ${server}`);
    const drafts = await draftsOf(replica, held, 16);
    for (let index = 1; index <= 40; index += 1) await world.publish(period(id, index));
    await waitFor(async () => (await numbersOf(replica, id)).length > 3, { what: 'some invoices' });
    const finalizers = Array.from({ length: 8 }, () => finalizeAll(replica, held, drafts));
    await world.servers[server].kill();
    await world.servers[server].start();
    await Promise.all(finalizers);
    expect(await numbersOf(replica, held)).toEqual(firstNumbers(16));
    await waitFor(async () => (await numbersOf(replica, id)).length === 40, {
      what: 'all invoices',
    });
    await world.settled();
    expect(await numbersOf(replica, id)).toEqual(firstNumbers(40));
    await replica.stop();
  },
);

test('a message that can never be handled is kept with its reason, and holds up no other', async () => {
  const id = organisation('quarantine');
  const replica = await world.replica();
  const broken = { ...flatCharge('Platform', '20'), exactAmount: decimal('19') };
  const messages = [
    new TextEncoder().encode('not a message'),
    billPartBytes({ ...period(id), lines: [broken] }),
  ];
  for (const message of messages) await world.publish(message);
  await world.publish(period(id, 2));
  await world.settled();
  expect(await numbersOf(replica, id)).toEqual(firstNumbers(1));
  const kept = await quarantined();
  expect(kept.map(({ reason }) => String(reason)).sort()).toEqual([
    'BROKEN_BILL',
    'UNDECODABLE_MESSAGE',
  ]);
  expect(kept.map(({ data }) => Buffer.from(data.buffer).toString('hex')).sort()).toEqual(
    messages.map((message) => Buffer.from(message).toString('hex')).sort(),
  );
  const [arithmetic] = kept.filter(({ reason }) => reason === 'BROKEN_BILL');
  expect(arithmetic).toMatchObject({
    subject: 'billing.bill_posted',
    explanation: expect.stringContaining('lines[0].exact_amount is 19, but its figures come to 20'),
  });
  // It comes again, as after a restart before the acknowledgement: kept once.
  await world.publish(messages[0] ?? new Uint8Array());
  await world.settled();
  expect(await quarantined()).toHaveLength(2);
  const metrics = await (await fetch(`${replica.address}/metrics`)).text();
  expect(metrics).toMatch(/^billingrails_invoicing_quarantined_messages 2$/m);
  expect(metrics).not.toContain(id);
  await replica.stop();
});

test('the same period with other charges is kept as a conflict, and its invoice stays', async () => {
  const id = organisation('conflict');
  const replica = await world.replica();
  await world.publish(period(id));
  await world.publish(postedBill({ ...period(id), lines: [flatCharge('Platform', '21')] }));
  await world.settled();
  const { invoices } = await replica.as(id).listInvoices({});
  expect(invoices.map(({ total }) => total?.amount)).toEqual(['42.61']);
  const kept = await quarantined();
  expect(kept.map(({ reason }) => String(reason))).toContain('INVOICED_OTHERWISE');
  await replica.stop();
});

test('a bill in several parts is one invoice with all its lines, whatever their order and however often they come', async () => {
  const id = organisation('parts');
  const replicas = [await world.replica(), await world.replica()];
  const names = Array.from({ length: 12 }, (_, index) => `Fee ${index}`);
  const bill = postedBill({ ...period(id), lines: names.map((name) => flatCharge(name, '1')) });
  const parts = [0, 1, 2, 3].map((part) =>
    billPartBytes({ ...bill, lines: bill.lines.slice(part * 3, part * 3 + 3) }, part, 4),
  );
  const order = [2, 0, 2, 3, 1, 0];
  for (const part of order.slice(0, 4)) await world.publish(parts[part] ?? new Uint8Array());
  await world.settled();
  expect(await numbersOf(replicas[0] as Replica, id)).toEqual([]);
  for (const part of order.slice(4)) await world.publish(parts[part] ?? new Uint8Array());
  await world.settled();
  const { invoices } = await (replicas[1] as Replica).as(id).listInvoices({});
  expect(invoices.map(({ lines }) => lines.map(({ description }) => description))).toEqual([names]);
  for (const replica of replicas) await replica.stop();
});

test('bills that are invoiced together are one invoice, whatever the order of their messages, however often they come', async () => {
  const id = organisation('joint');
  const replicas = [await world.replica(), await world.replica()];
  const [jointId, otherId] = [derivedId('jnt', 'one'), derivedId('jnt', 'other')];
  const lines = ['a', 'b', 'c'].map((name) => flatCharge(name, '1'));
  const bills = [1, 2].map((index) => postedBill({ ...period(id, index), lines }));
  const parts = bills.flatMap((bill, index) => [
    billPartBytes({ ...bill, lines: bill.lines.slice(0, 2) }, 2 * index, 4, jointId),
    billPartBytes({ ...bill, lines: bill.lines.slice(2) }, 2 * index + 1, 4, jointId),
  ]);
  const publish = async (places: readonly number[]) => {
    for (const place of places) await world.publish(parts[place] ?? new Uint8Array());
    await world.settled();
  };
  await publish([3, 1, 3, 0]);
  expect(await numbersOf(replicas[0] as Replica, id)).toEqual([]);
  await publish([2, 1, 0]);
  // All in one delivery, as most come.
  const others = bills.map((bill, index) =>
    billPartBytes({ ...bill, billId: derivedId('bill', `other ${index}`) }, index, 2, otherId),
  );
  for (const other of [...others, ...others]) await world.publish(other);
  await world.settled();
  const { invoices } = await (replicas[1] as Replica).as(id).listInvoices({});
  expect(invoices.map(({ number }) => number)).toEqual(['INV-000002', 'INV-000001']);
  for (const invoice of invoices) {
    expect(invoice).toMatchObject({ billId: '', total: { amount: '6.00' } });
    expect(invoice.sections.map(({ lineCount }) => lineCount)).toEqual([3, 3]);
  }
  expect(invoices[1]?.sections.map(({ billId }) => billId)).toEqual(
    bills.map((bill) => bill.billId),
  );
  expect(await world.mongo.db.collection('bill_parts').countDocuments()).toBe(0);
  for (const replica of replicas) await replica.stop();
});

test('what was quarantined is tried again at the next start, and leaves with its invoice', async () => {
  const id = organisation('mended');
  const data = billPartBytes(period(id));
  // As an earlier version would have that could not read it.
  const unread = { reason: 'UNREADABLE_MESSAGE', explanation: '', quarantineMs: 0 };
  const before = (await quarantined()).length;
  const { quarantine } = openStores(world.mongo, Date.now, world.prepaid);
  await quarantine.add({ subject: 'billing.bill_posted', data, ...unread });
  const replica = await world.replica();
  expect(await numbersOf(replica, id)).toEqual(firstNumbers(1));
  expect(await quarantined()).toHaveLength(before);
  await replica.stop();
});

test('invoices of a test account are numbered apart, and gone with it, also those whose bills come later', async () => {
  const id = organisation('test account');
  const replica = await world.replica();
  const real = (index: number) => ({ ...period(id, index), accountId: account('real') });
  const ofTest = (index: number): PostedBill => ({ ...period(id, index), isTest: true });
  const other = { ...ofTest(4), accountId: account('other') };
  for (const bill of [real(1), ofTest(2), ofTest(3), other]) await world.publish(bill);
  await world.settled();
  const testNumbers = ['test-000001', 'test-000002', 'test-000003'];
  expect(await numbersOf(replica, id)).toEqual(['INV-000001', ...testNumbers]);
  const { accountId } = period(id);
  const deleted = create(AccountDeletedSchema, { organisationId: id, accountId });
  const left = [...firstNumbers(1), 'test-000003'];
  for (let time = 0; time < 2; time += 1)
    await world.publish(toBinary(AccountDeletedSchema, deleted), 'billing.account_deleted');
  await waitFor(async () => (await numbersOf(replica, id)).length === left.length, {
    what: 'the invoices of the test account to be deleted',
  });
  expect(await numbersOf(replica, id)).toEqual(left);
  const before = (await quarantined()).length;
  await world.publish(ofTest(5));
  await world.publish(real(6));
  await world.settled();
  expect(await numbersOf(replica, id)).toEqual([...firstNumbers(2), 'test-000003']);
  expect(await quarantined()).toHaveLength(before);
  await replica.stop();
});

test('a relay that was killed before it could take out what it had sent sends it again by the same ids', async () => {
  const id = organisation('relayed');
  const replica = await world.replica();
  for (const index of [1, 2]) await world.publish(period(id, index));
  await world.settled();
  const told = await changesOf(world, id);
  expect(told.map(({ type }) => type)).toEqual(['invoice.finalized', 'invoice.finalized']);
  const docs = told.map((change, index) => ({
    ...{ _id: change.eventId, order: new Timestamp({ t: 1, i: index }) },
    subject: `changes.${change.type}`,
    data: new Binary(toBinary(ObjectChangedSchema, change)),
  }));
  await world.mongo.db.collection<{ _id: string }>('outbox').insertMany(docs);
  expect(await changesOf(world, id)).toEqual(told);
  await replica.stop();
});
