import { ExportFormat } from '@billingrails/contracts/billingrails/common/v1/export_pb';
import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import {
  ExportDataset,
  ExportService,
  type ExportRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/export_service_pb';
import { PaymentService } from '@billingrails/contracts/billingrails/invoicing/v1/payment_service_pb';
import { PaymentStatus } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_pb';
import { TaxCalculation } from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { assert } from '@billingrails/errors';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import { failureOf } from '@billingrails/rpc/testing';
import { account, flatCharge, organisation, postedBill } from '../../testing/posted-bills';
import { planSummariesOf } from '../../testing/plan-summaries';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
const acme = organisation('exporting');
const day = (date: number) => Date.UTC(2026, 10, date);

/**
 * Invoices on the first four days of November, in a place with a tax of 10 %: the first is paid and more, of the second
 * a half is credited, the third is void, the fourth is of a test account. Another organisation has one.
 */
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
  await world.mongo.db.command({ profile: 2 });
  const taxes = replica.client(TaxService, acme);
  const seller = { name: 'Penny Lane', address: { countryCode: 'AU', city: 'Perth' } };
  await taxes.updateTaxSettings({ settings: { calculation: TaxCalculation.RATES, seller } });
  await taxes.createTaxRate({ rate: { name: 'GST', percent: '10', countryCode: 'AU' } });
  await publish(acme, 1, 'first', ['=Fee; "one"', '20'], ['-Two\nlines', '0.5']);
  await publish(acme, 2, 'second', ['Fee', '30']);
  await publish(acme, 3, 'first', ['Fee', '40']);
  await publish(acme, 4, 'third', ['Fee', '50'], undefined, true);
  await publish(organisation('elsewhere'), 1, 'first', ['Fee', '20']);
  const invoices = replica.as(acme);
  const ids = new Map(
    (await invoices.listInvoices({})).invoices.map(({ id, number }) => [number, id]),
  );
  const idOf = (number: string) => {
    const id = ids.get(number);
    assert(id !== undefined, `${number} is one of ${[...ids.keys()].join()}`);
    return id;
  };
  await replica.client(PaymentService, acme).recordPayment({
    ...{ accountId: account('first'), method: '@bank', reference: '+1' },
    ...{ amount: usd('25.00'), invoiceIds: [idOf('INV-000001')], receiveTime: toTimestamp(day(9)) },
  });
  await replica.client(CreditNoteService, acme).createCreditNote({
    ...{ invoiceId: idOf('INV-000002'), reason: 'As agreed' },
    lines: [
      {
        invoiceLineId:
          (await invoices.getInvoice({ invoiceId: idOf('INV-000002') })).invoice?.lines[0]?.id ??
          '',
        part: { case: 'amount', value: '15.00' },
      },
    ],
  });
  await invoices.voidInvoice({ invoiceId: idOf('INV-000003') });
});

afterAll(() => world?.stop());

const usd = (amount: string) => ({ currencyCode: 'USD', amount });

async function publish(
  organisationId: OrganisationId,
  date: number,
  accountId: string,
  ...[first, second, isTest]: [[string, string], [string, string]?, true?]
) {
  const lines = [first, ...(second ? [second] : [])].map(([name, amount]) =>
    flatCharge(name, amount),
  );
  await world.publish(
    postedBill({
      ...{ organisationId, accountId: account(accountId), dueMs: day(date), lines },
      ...{ billId: derivedId('bill', String(date)), ...(isTest && { isTest }) },
    }),
  );
  await world.settled();
}

type Asked = Partial<Omit<ExportRequest, '$typeName'>> & { readonly dataset: ExportDataset };

async function partsOf(request: Asked, organisationId = acme) {
  const found = [];
  for await (const { part } of replica.client(ExportService, organisationId).export(request)) {
    assert(part !== undefined, 'each answer has a part');
    found.push(part);
  }
  return found;
}

async function fileOf(request: Asked, organisationId = acme): Promise<string> {
  const parts = await partsOf(request, organisationId);
  expect(parts.map(({ complete }) => complete)).toEqual(
    parts.map((_, at) => at === parts.length - 1),
  );
  return Buffer.concat(parts.map(({ content }) => content)).toString();
}

type Row = Record<string, string | boolean | null>;

async function rowsOf(request: Asked, organisationId = acme): Promise<Row[]> {
  const text = await fileOf({ ...request, format: ExportFormat.NDJSON }, organisationId);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

const pick = (rows: readonly Row[], ...names: string[]) =>
  rows.map((row) => names.map((name) => row[name]));

const sumOf = (rows: readonly Row[], name: string) =>
  rows.reduce((sum, row) => sum.add(decimal(String(row[name]))), decimal(0n)).toString();

test('invoices with what is paid of them, by date; what is of test accounts only when asked for', async () => {
  const rows = await rowsOf({ dataset: ExportDataset.INVOICES });
  expect(
    pick(rows, 'number', 'account_id', 'net', 'tax', 'total', 'payment_status', 'open', 'is_test'),
  ).toEqual([
    ['INV-000001', 'first', '20.50', '2.05', '22.55', 'paid', '0.00', false],
    ['INV-000002', 'second', '30.00', '3.00', '33.00', 'partly_paid', '18.00', false],
    ['INV-000003', 'first', '40.00', '4.00', '44.00', 'void', '0.00', false],
  ]);
  const all = await rowsOf({ dataset: ExportDataset.INVOICES, includeTest: true });
  expect(pick(all.slice(3), 'number', 'is_test')).toEqual([['test-000001', true]]);
});

test('a span of time, an account and payment statuses say which', async () => {
  const numbersOf = async (asked: Partial<Asked>) =>
    pick(await rowsOf({ dataset: ExportDataset.INVOICES, ...asked }), 'number').flat();
  expect(await numbersOf({ startTime: toTimestamp(day(2)) })).toEqual(['INV-000002', 'INV-000003']);
  expect(await numbersOf({ endTime: toTimestamp(day(2)) })).toEqual(['INV-000001']);
  expect(await numbersOf({ accountId: 'first' })).toEqual(['INV-000001', 'INV-000003']);
  const paymentStatuses = [PaymentStatus.PARTLY_PAID, PaymentStatus.VOID];
  expect(await numbersOf({ paymentStatuses })).toEqual(['INV-000002', 'INV-000003']);
  expect(await numbersOf({ accountId: 'nobody' })).toEqual([]);
});

test('lines, credit notes, payments and their parts are each a file', async () => {
  const lines = await rowsOf({ dataset: ExportDataset.INVOICE_LINES });
  expect(pick(lines, 'invoice_number', 'place', 'description', 'amount', 'tax')).toEqual([
    ['INV-000001', '1', '=Fee; "one"', '20.00', '2.00'],
    ['INV-000001', '2', '-Two\nlines', '0.50', '0.05'],
    ['INV-000002', '1', 'Fee', '30.00', '3.00'],
    ['INV-000003', '1', 'Fee', '40.00', '4.00'],
  ]);
  const notes = await rowsOf({ dataset: ExportDataset.CREDIT_NOTES });
  expect(pick(notes, 'number', 'invoice_number', 'total', 'reason')).toEqual([
    ['CN-000001', 'INV-000002', '15.00', 'As agreed'],
  ]);
  const credited = await rowsOf({ dataset: ExportDataset.CREDIT_NOTE_LINES });
  expect(pick(credited, 'credit_note_number', 'amount')).toEqual([['CN-000001', '15.00']]);
  const payments = await rowsOf({ dataset: ExportDataset.PAYMENTS });
  expect(pick(payments, 'account_id', 'amount', 'allocated_amount', 'balance_amount')).toEqual([
    ['first', '25.00', '22.55', '2.45'],
  ]);
  const allocations = await rowsOf({ dataset: ExportDataset.PAYMENT_ALLOCATIONS });
  expect(pick(allocations, 'invoice_number', 'amount')).toEqual([['INV-000001', '22.55']]);
});

test('CSV has a head line and no cell that a spreadsheet would run', async () => {
  const text = await fileOf({ dataset: ExportDataset.INVOICE_LINES, accountId: 'first' });
  expect(text).toMatch(/^line_id,invoice_id,invoice_number,place,issue_time,/);
  expect(text).toContain(`,"'=Fee; ""one""",`);
  expect(text).toContain(`,"'-Two\nlines",`);
  const payments = await fileOf({ dataset: ExportDataset.PAYMENTS });
  expect(payments).toContain(`,25.00,22.55,2.45,0.00,'@bank,'+1,`);
});

test('costs are those of invoices that are not void and of credit notes, to the totals of each', async () => {
  const costs = await rowsOf({ dataset: ExportDataset.FOCUS_COSTS });
  const [invoices, notes] = await Promise.all(
    [ExportDataset.INVOICES, ExportDataset.CREDIT_NOTES].map((dataset) => rowsOf({ dataset })),
  );
  for (const { number, total, payment_status: status } of invoices ?? []) {
    const ofInvoice = costs.filter(({ InvoiceId }) => InvoiceId === number);
    const expected = status === 'void' ? '0' : decimal(String(total)).toString();
    expect([number, sumOf(ofInvoice, 'BilledCost')]).toEqual([number, expected]);
  }
  const ofNotes = costs.filter(({ ChargeClass }) => ChargeClass === 'Correction');
  expect(sumOf(ofNotes, 'BilledCost')).toBe(`-${sumOf(notes ?? [], 'total')}`);
  expect(
    pick(costs.slice(0, 2), 'ChargeCategory', 'ProviderName', 'SubAccountId', 'ServiceName'),
  ).toEqual([
    ['Purchase', 'Penny Lane', 'first', 'LLM'],
    ['Tax', 'Penny Lane', 'first', 'LLM'],
  ]);
  const open = { dataset: ExportDataset.FOCUS_COSTS, paymentStatuses: [PaymentStatus.VOID] };
  expect(await rowsOf(open)).toEqual([]);
});

test('a broken export goes on by its cursor, and says how far it is', async () => {
  const id = organisation('long');
  const lines = Array.from({ length: 300 }, (_, index) => flatCharge(`Seat ${index}`, '1'));
  for (const date of [1, 2, 3]) {
    const billId = derivedId('bill', String(date));
    await world.publish(postedBill({ organisationId: id, dueMs: day(date), billId, lines }));
  }
  await world.settled();
  const request = { dataset: ExportDataset.INVOICE_LINES };
  const whole = await partsOf(request, id);
  expect(whole.length).toBeGreaterThan(3);
  expect(whole.at(-1)).toMatchObject({ rowCount: 900n, doneCount: 3n, totalCount: 3n });
  const text = Buffer.concat(whole.map(({ content }) => content)).toString();
  for (const [place, { cursor }] of whole.entries()) {
    const before = Buffer.concat(whole.slice(0, place + 1).map(({ content }) => content));
    const rest = await fileOf({ ...request, cursor }, id);
    expect([place, before.toString() + rest === text]).toEqual([place, true]);
  }
  const cursor = whole[0]?.cursor ?? '';
  const other = partsOf({ dataset: ExportDataset.INVOICES, cursor }, id);
  expect(await failureOf(other)).toMatchObject({
    reason: 'EXPORT_CURSOR_INVALID',
    fields: ['cursor'],
  });
});

test('nothing of another organisation is written, whatever the cursor says', async () => {
  const id = organisation('nobody');
  const mine = await partsOf({ dataset: ExportDataset.INVOICES });
  const cursor = mine[0]?.cursor ?? '';
  expect(await rowsOf({ dataset: ExportDataset.INVOICES }, id)).toEqual([]);
  expect(await fileOf({ dataset: ExportDataset.INVOICES, cursor }, id)).toBe('');
});

test('what contradicts itself is told by its field', async () => {
  const failure = (request: Asked) => failureOf(partsOf(request));
  const time = toTimestamp(day(1));
  const none = { dataset: ExportDataset.INVOICES, startTime: time, endTime: time };
  expect(await failure(none)).toMatchObject({ reason: 'EXPORT_INVALID', fields: ['end_time'] });
  const payments = { dataset: ExportDataset.PAYMENTS, paymentStatuses: [PaymentStatus.PAID] };
  expect(await failure(payments)).toMatchObject({ fields: ['payment_statuses'] });
  expect(await failure({ dataset: ExportDataset.UNSPECIFIED })).toMatchObject({
    fields: ['dataset'],
  });
});

test('every query of an export walks an index', async () => {
  await world.mongo.db.command({ profile: 0 });
  for (const name of ['invoices', 'payments', 'credit_notes', 'receivables']) {
    const plans = await planSummariesOf(world.mongo.db, name);
    const others = plans.filter(
      (plan) => !/^(IXSCAN|IDHACK|EXPRESS|COUNT_SCAN)/.test(String(plan)),
    );
    expect([name, others]).toEqual([name, []]);
    expect([name, plans.length > 0]).toEqual([name, true]);
  }
});
