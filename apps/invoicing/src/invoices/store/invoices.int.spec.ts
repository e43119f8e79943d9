import { derivedId, type AccountId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { connectMongo, ensureIndexes, inTransaction, type Mongo } from '@billingrails/mongo';
import { startServers, type TestServers } from '@billingrails/testing';
import type { Document } from 'mongodb';
import { buildInvoice } from '../domain/build-invoice';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import { adoptOldNumbers } from '../../numbering/store/invoice-numbers';
import { takeNumbers } from '../../numbering/use-cases/take-numbers';
import type { DraftInvoice, Invoice } from '../domain/invoice';
import { account, postedBill, flatCharge, organisation } from '../../testing/posted-bills';
import { invoiceFromDoc, invoiceToDoc } from './invoice-doc';
import type { InvoiceQuery } from './invoices';
import { INDEXES, openStores, type Stores } from '../../store/stores';
import { scriptedPrepaid } from '../../testing/prepaid';

let servers: TestServers;
let mongo: Mongo;
let stores: Stores;
const acme = organisation('acme');
const payer = organisation('payer');
const accounts = ['first', 'second'].map(account);

/** 30 finalized invoices of two accounts, then 4 drafts; and as many of another organisation. */
beforeAll(async () => {
  servers = await startServers({ mongo: true });
  const logger = createLogger({ service: 'test', level: 'silent' });
  mongo = await connectMongo({ url: servers.mongodbUrl, database: 'invoicing', logger });
  await ensureIndexes(mongo.db, INDEXES);
  stores = openStores(mongo, Date.now, scriptedPrepaid());
  for (const organisationId of [acme, organisation('other')]) {
    const docs = Array.from({ length: 34 }, (_, index) => docOf(organisationId, index + 1));
    await mongo.db.collection<{ _id: string }>('invoices').insertMany(docs);
  }
});

afterAll(async () => {
  await mongo?.close();
  await servers?.stop();
});

function docOf(organisationId: typeof acme, sequence: number, charges = [flatCharge('Fee', '1')]) {
  const billId = derivedId('bill', String(sequence));
  const accountId = accounts[sequence % 2] ?? account('first');
  const draft = buildInvoice(postedBill({ organisationId, billId, accountId, lines: charges }));
  if (sequence > 30) return invoiceToDoc(draft, Infinity);
  return invoiceToDoc(finalizeInvoice(draft, `INV-${sequence}`, sequence), sequence);
}

/** Every page of the list, one after the other. */
async function pagesOf(query: InvoiceQuery, organisationId = acme): Promise<Invoice[][]> {
  const pages: Invoice[][] = [];
  let after: InvoiceQuery['after'];
  do {
    const page = await stores.invoices.list(organisationId, {
      ...query,
      ...(after === undefined ? {} : { after }),
    });
    pages.push([...page.invoices]);
    after = page.last;
  } while (after !== undefined);
  return pages;
}

const sequenceOf = (invoice: Invoice): number =>
  invoice.status === 'draft' ? Infinity : invoice.finalizeMs;

const descending = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((from - to) / step) + 1 }, (_, index) => from - index * step);

const drafts = (count: number): number[] => Array.from({ length: count }, () => Infinity);

test.each<[string, Omit<InvoiceQuery, 'limit'>, number[]]>([
  ['all invoices', {}, [...drafts(4), ...descending(30, 1)]],
  ['finalized ones', { status: 'finalized' }, descending(30, 1)],
  ['drafts', { status: 'draft' }, drafts(4)],
  ['those of an account', { accountId: 'second' }, [...drafts(2), ...descending(29, 1, 2)]],
  [
    'finalized ones of an account',
    { accountId: 'first', status: 'finalized' },
    descending(30, 2, 2),
  ],
  ['those of nobody', { accountId: 'nobody' }, []],
])(
  'pages of any size list %s, newest first, each once, drafts before numbers',
  async (_, query, expected) => {
    for (const limit of [1, 3, 7, 34, 1000]) {
      const pages = await pagesOf({ ...query, limit });
      const all = pages.flat();
      expect(all.map(sequenceOf)).toEqual(expected);
      expect(new Set(all.map(({ id }) => id)).size).toBe(expected.length);
      expect(pages).toHaveLength(Math.max(1, Math.ceil(expected.length / limit)));
    }
  },
);

test('an account finds what it owes, and what another owes for it, newest first', async () => {
  const [owes, isPaidFor] = accounts as [AccountId, AccountId];
  const docs = Array.from({ length: 12 }, (_, index) => {
    const paid = { accountId: isPaidFor, payer: { accountId: owes, accountName: 'Payer' } };
    const own = { accountId: index % 2 === 0 ? owes : isPaidFor };
    const changes = index % 3 === 0 ? paid : own;
    const billId = derivedId('bill', String(index));
    const draft = buildInvoice(postedBill({ organisationId: payer, billId, ...changes }));
    return invoiceToDoc(finalizeInvoice(draft, `INV-${index}`, index + 1), index + 1);
  });
  await mongo.db.collection<{ _id: string }>('invoices').insertMany(docs);
  const found = async (query: Omit<InvoiceQuery, 'limit'>) => {
    const ofAll = [];
    for (const limit of [1, 2, 100])
      ofAll.push((await pagesOf({ ...query, limit }, payer)).flat().map(sequenceOf));
    expect(ofAll[1]).toEqual(ofAll[0]);
    expect(ofAll[2]).toEqual(ofAll[0]);
    return ofAll[0];
  };
  expect(await found({ accountId: owes })).toEqual([11, 10, 9, 7, 5, 4, 3, 1]);
  expect(await found({ sectionAccountId: owes })).toEqual([11, 9, 5, 3]);
  expect(await found({ sectionAccountId: isPaidFor })).toEqual([12, 10, 8, 7, 6, 4, 2, 1]);
  expect(await found({ accountId: owes, sectionAccountId: isPaidFor })).toEqual([10, 7, 4, 1]);
});

test('an organisation sees its own invoices only', async () => {
  const own = (await pagesOf({ limit: 1000 })).flat();
  const others = (await pagesOf({ limit: 1000 }, organisation('other'))).flat();
  expect(own.every(({ organisationId }) => organisationId === acme)).toBe(true);
  const [stranger] = others;
  expect(stranger && (await stores.invoices.find(acme, stranger.id))).toBeUndefined();
  expect((await pagesOf({ limit: 10 }, organisation('nobody'))).flat()).toEqual([]);
});

test('an invoice that is finalized between two pages is neither repeated nor does it hide another', async () => {
  const id = organisation('moving');
  const invoices = mongo.db.collection<{ _id: string }>('invoices');
  await invoices.insertMany([1, 2, 3].map((sequence) => docOf(id, sequence)));
  const { invoices: first, last } = await stores.invoices.list(id, { limit: 1 });
  await invoices.insertOne(docOf(id, 4));
  const { invoices: second } = await stores.invoices.list(id, {
    limit: 5,
    ...(last && { after: last }),
  });
  expect([...first, ...second].map(sequenceOf)).toEqual([3, 2, 1]);
});

test('a page ends before the invoices in it grow beyond what an answer holds', async () => {
  const id = organisation('long');
  const charges = Array.from({ length: 150 }, (_, index) =>
    flatCharge(`${index} ${'x'.repeat(120)}`, '1'),
  );
  const docs = Array.from({ length: 30 }, (_, index) => docOf(id, index + 1, charges));
  await mongo.db.collection<{ _id: string }>('invoices').insertMany(docs);
  const pages = await pagesOf({ limit: 1000 }, id);
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.flat().map(sequenceOf)).toEqual(descending(30, 1));
});

test('an invoice is read as it was written, with all that it may have', async () => {
  const organisationId = organisation('whole');
  const draft: DraftInvoice = {
    ...buildInvoice(postedBill({ organisationId, isTest: true })),
    ...{ buysCredits: true, replacesInvoiceId: derivedId('inv', 'void') },
    credits: [
      {
        ...{ creditGrantId: derivedId('cgr', 'one'), memo: 'Prepaid' },
        amount: { currencyCode: 'USD', minorUnits: 100n },
      },
    ],
    terms: {
      ...{ dueDate: '2026-12-01', netDays: 30, purchaseOrderNumber: 'PO-1', memo: 'Thanks' },
      customFields: [{ name: 'Cost centre', value: '7' }],
    },
  };
  const grace = { kind: 'grace', untilMs: 5 } as const;
  for (const invoice of [
    draft,
    { ...draft, hold: grace },
    { ...draft, hold: { kind: 'approval' } as const },
    finalizeInvoice(draft, 'INV-000001', 7, 5n),
  ])
    expect(invoiceFromDoc(invoiceToDoc(invoice, 1))).toEqual(invoice);
});

test('an invoice from before there were terms, balances and series can be read, and its numbers go on', async () => {
  const organisationId = organisation('old');
  const doc = docOf(organisationId, 7);
  const { terms: _terms, balanceAppliedMinorUnits: _applied, ...old } = doc;
  await mongo.db.collection<{ _id: string }>('invoices').insertOne(old);
  const [[invoice] = []] = await pagesOf({ limit: 5 }, organisationId);
  expect(invoice).toMatchObject({
    number: 'INV-7',
    balanceApplied: { minorUnits: 0n },
    terms: { dueDate: '2026-11-01', netDays: 0, memo: '', customFields: [] },
  });
  const counters = mongo.db.collection<{ _id: string }>('invoice_numbers');
  const lastFinalizeTime = new Date(7);
  const counter = { lastSequence: 7, lastFinalizeTime };
  await counters.insertOne({ ...counter, _id: organisationId } as never);
  for (let start = 0; start < 2; start += 1) await adoptOldNumbers(mongo.db);
  const shapes = [{ prefix: 'INV-', digits: 6 }];
  const [taken] = await inTransaction(mongo, (session) =>
    takeNumbers(stores.numbers, organisationId, shapes, 8, session),
  );
  expect(taken).toMatchObject({ number: 'INV-000008', sequence: 8 });
});

test('no query of the store scans or sorts more than the page it answers', async () => {
  await mongo.db.command({ profile: 2 });
  for (const query of [
    {},
    { status: 'draft' },
    { status: 'finalized' },
    { accountId: 'first' },
    { accountId: 'first', status: 'finalized' },
    { sectionAccountId: 'first' },
    { sectionAccountId: 'first', status: 'finalized' },
  ] as const) {
    await pagesOf({ ...query, limit: 5 });
  }
  await stores.invoices.find(acme, derivedId('inv', 'one'));
  await mongo.db.command({ profile: 0 });
  const profiled = await mongo.db
    .collection('system.profile')
    .find({ ns: 'invoicing.invoices' })
    .toArray();
  expect(profiled.length).toBeGreaterThan(20);
  for (const operation of profiled) {
    expect(planOf(operation)).toMatch(/^(IXSCAN|IDHACK|EXPRESS)/);
    expect(operation['hasSortStage'] ?? false).toBe(false);
    // One more than the page, and the one that it comes after.
    expect(operation['docsExamined']).toBeLessThanOrEqual(7);
    expect(operation['keysExamined']).toBeLessThanOrEqual(8);
  }
});

function planOf(operation: Document): string {
  return String(operation['planSummary']);
}
