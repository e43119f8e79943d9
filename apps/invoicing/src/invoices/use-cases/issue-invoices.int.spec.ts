import { derivedId, type OrganisationId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { connectMongo, ensureIndexes, type Mongo } from '@billingrails/mongo';
import { startServers, type TestServers } from '@billingrails/testing';
import { buildInvoice } from '../domain/build-invoice';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import { assert, DomainError } from '@billingrails/errors';
import { amountDueOf, type DraftInvoice, type FinalizedInvoice } from '../domain/invoice';
import { postedBill, organisation } from '../../testing/posted-bills';
import { invoiceToDoc } from '../store/invoice-doc';
import { issueInvoices, type Issued, type IssueStores } from './issue-invoices';
import { INDEXES, openStores, type Stores } from '../../store/stores';
import { scriptedPrepaid } from '../../testing/prepaid';

let servers: TestServers;
let mongo: Mongo;
let stores: Stores;
const prepaid = scriptedPrepaid();
const finalizeMs = Date.UTC(2026, 10, 1, 0, 0, 5);

beforeAll(async () => {
  servers = await startServers({ mongo: true });
  const logger = createLogger({ service: 'test', level: 'silent' });
  mongo = await connectMongo({ url: servers.mongodbUrl, database: 'invoicing', logger });
  await ensureIndexes(mongo.db, INDEXES);
  stores = openStores(mongo, Date.now, prepaid);
});

afterAll(async () => {
  await mongo?.close();
  await servers?.stop();
});

/** The `index`th invoice of an organisation, not yet stored. */
function draft(organisationId: OrganisationId, index = 1): DraftInvoice {
  const billId = derivedId('bill', String(index));
  return buildInvoice(postedBill({ organisationId, billId }));
}

/** Issues one alone, and throws what keeps it from being issued. */
async function issue(
  invoice: DraftInvoice,
  from: IssueStores = stores,
  nowMs = finalizeMs,
): Promise<Issued & { readonly invoice: FinalizedInvoice }> {
  const [outcome] = await issueInvoices(from, [invoice], () => nowMs);
  if (outcome !== undefined && 'error' in outcome) throw outcome.error;
  assert(outcome !== undefined && 'invoice' in outcome, 'it was issued');
  assert(outcome.invoice.status === 'finalized', 'what waits for nothing is finalized');
  return { ...outcome, invoice: outcome.invoice };
}

async function numbersOf(organisationId: OrganisationId): Promise<string[]> {
  const { invoices } = await stores.invoices.list(organisationId, { limit: 1000 });
  return invoices.map((invoice) => (invoice.status === 'draft' ? 'draft' : invoice.number)).sort();
}

const numberOf = (outcome: Awaited<ReturnType<typeof issueInvoices>>[number]): string =>
  'invoice' in outcome && outcome.invoice.status === 'finalized' ? outcome.invoice.number : '';

const firstNumbers = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `INV-${String(index + 1).padStart(6, '0')}`);

test('an issued invoice is stored as it was built, with the first number and the server’s time', async () => {
  const invoice = draft(organisation('stored'));
  const issued = await issue(invoice);
  expect(issued).toEqual({
    isNew: true,
    invoice: {
      ...invoice,
      ...{ status: 'finalized', number: 'INV-000001', finalizeMs, createMs: finalizeMs },
      balanceApplied: { currencyCode: 'USD', minorUnits: 0n },
    },
  });
  expect(await stores.invoices.find(invoice.organisationId, invoice.id)).toEqual(issued.invoice);
});

test('issuing again does nothing: one invoice, one number, the first time', async () => {
  const invoice = draft(organisation('again'));
  const first = await issue(invoice);
  const second = await issue(invoice, stores, finalizeMs + 60_000);
  expect(second).toEqual({ isNew: false, invoice: first.invoice });
  expect(await numbersOf(invoice.organisationId)).toEqual(firstNumbers(1));
});

test('the same invoice issued many times at once is one invoice with one number', async () => {
  const invoice = draft(organisation('at once'));
  const issued = await Promise.all(Array.from({ length: 12 }, () => issue(invoice)));
  expect(issued.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(await numbersOf(invoice.organisationId)).toEqual(firstNumbers(1));
});

test('workers that issue invoices of several organisations at once number them 1 to n in each', async () => {
  const organisations = ['one', 'two', 'three'].map(organisation);
  const drafts = Array.from({ length: 20 }, (_, index) => index).flatMap((index) =>
    organisations.map((id) => draft(id, index)),
  );
  const worker = async (): Promise<void> => {
    for (let next = drafts.shift(); next !== undefined; next = drafts.shift())
      await issueAtLast(next);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  for (const id of organisations) expect(await numbersOf(id)).toEqual(firstNumbers(20));
});

/** As a message that comes again: who always lost against others tries once more. */
async function issueAtLast(invoice: DraftInvoice): Promise<void> {
  try {
    await issue(invoice);
  } catch (error) {
    if (!(error instanceof DomainError && error.kind === 'stale')) throw error;
    await issueAtLast(invoice);
  }
}

test.each<[string, Partial<Stores>]>([
  ['before it has a number', { numbers: { take: () => crash() } }],
  ['after it took a number', {}],
])('a crash %s leaves no invoice, and the number to the next', async (when, faulty) => {
  const id = organisation(`crash ${when}`);
  await issue(draft(id, 1));
  const invoices = { ...stores.invoices, insertFinalized: () => crash() };
  await expect(issue(draft(id, 2), { ...stores, invoices, ...faulty })).rejects.toThrow('crash');
  expect(await numbersOf(id)).toEqual(firstNumbers(1));
  await issue(draft(id, 3));
  await issue(draft(id, 2));
  expect(await numbersOf(id)).toEqual(firstNumbers(3));
});

test('a draft that was left by itself is finalized, not made again', async () => {
  const invoice = draft(organisation('left'));
  await mongo.db.collection<{ _id: string }>('invoices').insertOne(invoiceToDoc(invoice, Infinity));
  expect(await numbersOf(invoice.organisationId)).toEqual(['draft']);
  expect(await issue(invoice)).toMatchObject({ isNew: true, invoice: { number: 'INV-000001' } });
  expect(await numbersOf(invoice.organisationId)).toEqual(firstNumbers(1));
});

test('invoices issued together are numbered in their order, in each organisation from 1 to n', async () => {
  const [one, two] = [organisation('together one'), organisation('together two')];
  const drafts = [1, 2, 3, 4].flatMap((index) => [draft(one, index), draft(two, index)]);
  const outcomes = await issueInvoices(stores, drafts, () => finalizeMs);
  const numbers = outcomes.map((outcome) => numberOf(outcome));
  expect(numbers).toEqual(firstNumbers(4).flatMap((number) => [number, number]));
  for (const id of [one, two]) expect(await numbersOf(id)).toEqual(firstNumbers(4));
});

test('of invoices issued together, those that were issued and those that conflict take no number and keep no other', async () => {
  const id = organisation('mixed');
  const before = await issue(draft(id, 1));
  const again = { ...draft(id, 3) };
  const other = { ...draft(id, 1), accountName: 'Another' };
  const drafts = [draft(id, 2), other, draft(id, 1), draft(id, 3), again, draft(id, 4)];
  const outcomes = await issueInvoices(stores, drafts, () => finalizeMs);
  expect(outcomes).toMatchObject([
    { isNew: true, invoice: { number: 'INV-000002' } },
    { error: { reason: 'INVOICED_OTHERWISE' } },
    { isNew: false, invoice: before.invoice },
    { isNew: true, invoice: { number: 'INV-000003' } },
    { isNew: false, invoice: { number: 'INV-000003' } },
    { isNew: true, invoice: { number: 'INV-000004' } },
  ]);
  expect(await numbersOf(id)).toEqual(firstNumbers(4));
});

test('one that cannot be written keeps none of those that it is issued with, and no number', async () => {
  const id = organisation('unwritable');
  const poison = draft(id, 2);
  const invoices: Stores['invoices'] = {
    ...stores.invoices,
    insertFinalized: (all, session) =>
      all.some(({ invoice }) => invoice.id === poison.id)
        ? crash()
        : stores.invoices.insertFinalized(all, session),
  };
  const drafts = [1, 2, 3, 4, 5].map((index) => draft(id, index));
  const outcomes = await issueInvoices({ ...stores, invoices }, drafts, () => finalizeMs);
  expect(outcomes.map((outcome) => 'error' in outcome)).toEqual([false, true, false, false, false]);
  expect(await numbersOf(id)).toEqual(firstNumbers(4));
});

test('batches of eight workers at once leave no gap and number nothing twice', async () => {
  const id = organisation('batches');
  const drafts = Array.from({ length: 60 }, (_, index) => draft(id, index));
  const batches = [
    drafts.slice(0, 25),
    drafts.slice(15, 40),
    drafts.slice(30),
    drafts.slice(0, 60),
    drafts.slice(0, 10),
    drafts.slice(5, 50),
    drafts.slice(20, 45),
    drafts.slice(50),
  ];
  await Promise.all(batches.map((batch) => issueInvoices(stores, batch, () => finalizeMs)));
  expect(await numbersOf(id)).toEqual(firstNumbers(60));
});

test('the same billing period with other content is a conflict, and the invoice stays as it was', async () => {
  const invoice = draft(organisation('other content'));
  const { invoice: issued } = await issue(invoice);
  await expect(issue({ ...invoice, accountName: 'Another' })).rejects.toMatchObject({
    kind: 'conflict',
    reason: 'INVOICED_OTHERWISE',
  });
  expect(await stores.invoices.find(invoice.organisationId, invoice.id)).toEqual(issued);
});

test('times of finalization never fall while numbers rise, whatever the clocks of replicas say', async () => {
  const id = organisation('clocks');
  const times: number[] = [];
  for (const [index, skewMs] of [0, -5000, 2000, -1].entries()) {
    const { invoice } = await issue(draft(id, index), stores, finalizeMs + skewMs);
    times.push(invoice.finalizeMs - finalizeMs);
  }
  expect(times).toEqual([0, 0, 2000, 2000]);
});

test('a finalized invoice is not finalized again, and no number is given twice', async () => {
  const invoice = draft(organisation('final'));
  const { invoice: issued } = await issue(invoice);
  const again = finalizeInvoice(invoice, 'INV-000002', finalizeMs + 1);
  await expect(directly((session) => stores.invoices.finalize(again, 2, session))).rejects.toThrow(
    'only a draft is finalized',
  );
  const other: FinalizedInvoice = { ...issued, id: derivedId('inv', 'other') };
  const inserted = mongo.db
    .collection<{ _id: string }>('invoices')
    .insertOne(invoiceToDoc(other, 1));
  await expect(inserted).rejects.toMatchObject({ code: 11000 });
  expect(await stores.invoices.find(invoice.organisationId, invoice.id)).toEqual(issued);
});

async function directly<T>(
  act: (session: ReturnType<Mongo['client']['startSession']>) => Promise<T>,
): Promise<T> {
  return mongo.client.withSession((session) => session.withTransaction(() => act(session)));
}

function crash(): Promise<never> {
  return Promise.reject(new Error('crash'));
}

/** An organisation whose account has prepaid so much, in cents. Its invoices come to 42.61. */
function prepaidOrganisation(name: string, cents: bigint): OrganisationId {
  const id = organisation(name);
  prepaid.grant(id, draft(id).accountId, cents);
  return id;
}

const paidBy = (invoice: FinalizedInvoice) =>
  invoice.credits.map(({ amount }) => amount.minorUnits);

test('prepaid credits pay an invoice before it has its number, as far as they reach, and the next what is left', async () => {
  const id = prepaidOrganisation('prepaid', 50_00n);
  const [first, second, third] = [draft(id, 1), draft(id, 2), draft(id, 3)];
  const invoices = [await issue(first), await issue(second), await issue(third)];
  expect(invoices.map(({ invoice }) => paidBy(invoice))).toEqual([[42_61n], [7_39n], []]);
  expect(invoices.map(({ invoice }) => amountDueOf(invoice).minorUnits)).toEqual([
    0n,
    35_22n,
    42_61n,
  ]);
  expect(await stores.invoices.find(id, second.id)).toEqual(invoices[1]?.invoice);
  expect((await issue(second)).isNew).toBe(false);
});

test('a crash after credits were applied burns them once: whoever issues it again has the same', async () => {
  const id = prepaidOrganisation('prepaid crash', 50_00n);
  const invoices = { ...stores.invoices, insertFinalized: () => crash() };
  await expect(issue(draft(id), { ...stores, invoices })).rejects.toThrow('crash');
  const { invoice } = await issue(draft(id));
  expect(paidBy(invoice)).toEqual([42_61n]);
  expect(prepaid.left(id, invoice.accountId)).toBe(7_39n);
});

test('what pays more than the invoice comes to now is given back, once', async () => {
  const id = prepaidOrganisation('prepaid excess', 50_00n);
  const [asked, { accountId, total }] = [draft(id), draft(id)];
  // Somebody had asked before, when it came to a cent more.
  const more = { ...asked, total: { ...total, minorUnits: total.minorUnits + 1n } };
  await prepaid.apply(id, [more]);
  const issued = await Promise.all(Array.from({ length: 3 }, () => issue(asked)));
  for (const { invoice } of issued) expect(paidBy(invoice)).toEqual([42_61n]);
  expect(prepaid.left(id, accountId)).toBe(7_39n);
});

test('what buys credits is not paid with credits', async () => {
  const id = prepaidOrganisation('top-up', 50_00n);
  const { invoice } = await issue({ ...draft(id), buysCredits: true });
  expect(paidBy(invoice)).toEqual([]);
});

test('while credits cannot be asked for, no invoice is issued without them', async () => {
  const id = prepaidOrganisation('prepaid away', 50_00n);
  prepaid.down = true;
  try {
    await expect(issue(draft(id))).rejects.toMatchObject({ reason: 'BILLING_UNAVAILABLE' });
    expect(await numbersOf(id)).toEqual([]);
  } finally {
    prepaid.down = false;
  }
  expect(paidBy((await issue(draft(id))).invoice)).toEqual([42_61n]);
});
