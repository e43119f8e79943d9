import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { LineKind } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import {
  InvoiceStatus,
  type Invoice,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { TaxCalculation } from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import { failureOf } from '@billingrails/rpc/testing';
import { account, organisation } from '../../testing/posted-bills';
import { pageText } from '../../testing/page-text';
import { changesOf } from '../../testing/changes';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;

beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});

afterAll(() => world?.stop());

const accountId = account('acct_1');
const WORKSHOP = {
  ...{ description: 'Workshop', quantity: '2', unit: 'day', unitAmount: '450.00' },
  percentOff: '10',
};
const REQUEST = { accountId, currencyCode: 'EUR', lines: [WORKSHOP], requestId: 'once' };

/** An organisation with one account. */
function given(name: string, testClockMs?: number) {
  const organisationId = organisation(name);
  const clock = testClockMs === undefined ? {} : { testClockMs };
  world.accounts.know(organisationId, { accountId, accountName: 'Ada Ltd', ...clock });
  return { organisationId, client: replica.as(organisationId) };
}

const amountsOf = ({ lines, total, amountDue }: Invoice) =>
  [...lines.map(({ amount }) => amount), total, amountDue].map((money) => money?.amount);

test('an invoice of lines by hand is numbered, taxed, told and shown as one of a bill is, once for its request', async () => {
  const { organisationId, client } = given('by hand');
  const address = { countryCode: 'DE', lines: ['Street 1'], postalCode: '10115', city: 'Berlin' };
  const taxes = replica.client(TaxService, organisationId);
  await taxes.updateTaxSettings({
    settings: { calculation: TaxCalculation.RATES, seller: { name: 'Acme', address } },
  });
  for (const [taxCategory, percent] of [
    ['', '19'],
    ['books', '7'],
  ] as const)
    await taxes.createTaxRate({
      rate: { name: 'USt', countryCode: 'DE', percent, taxCategory },
    });
  // Zeros in front count for nothing.
  const book = { description: 'Handbook', quantity: '01', unitAmount: '040.00' };
  const request = { ...REQUEST, lines: [WORKSHOP, { ...book, taxCategory: 'books' }] };
  const { invoice } = await client.createInvoice(request);
  expect(invoice).toMatchObject({
    ...{ status: InvoiceStatus.FINALIZED, number: 'INV-000001', accountName: 'Ada Ltd' },
    ...{ subscriptionId: '', billId: '', planName: '' },
    lines: [
      { kind: LineKind.ONE_OFF, quantity: '2', unit: 'day', exactAmount: '810' },
      { kind: LineKind.ONE_OFF, quantity: '1', taxCategory: 'books' },
    ],
    sections: [{ subscriptionId: '', billId: '' }],
  });
  // 810.00 × 1.19 + 40.00 × 1.07.
  expect(invoice && amountsOf(invoice)).toEqual(['810.00', '40.00', '1006.70', '1006.70']);
  expect((await client.createInvoice(request)).invoice).toEqual(invoice);
  const other = client.createInvoice({ ...request, currencyCode: 'USD' });
  expect((await failureOf(other)).reason).toBe('REQUEST_ID_REUSED');
  expect((await client.listInvoices({})).invoices).toEqual([invoice]);
  const told = await changesOf(world, organisationId);
  expect(told.map(({ type }) => type)).toEqual(['invoice.finalized']);
  const { html } = await client.renderInvoice({ invoiceId: invoice?.id ?? '' });
  const text = pageText(html);
  expect(text).toContain('Workshop');
  expect(text).not.toContain('Subscription');
  const parts = client.explainLine({
    ...{ invoiceId: invoice?.id ?? '', lineId: invoice?.lines[0]?.id ?? '' },
  });
  const explained: (string | undefined)[] = [];
  for await (const { part } of parts) explained.push(part.case);
  expect(explained).toEqual(['line', 'result']);
});

test('a draft by hand waits for its word, and is edited and finalized as others are', async () => {
  const { client } = given('waits');
  const draft = { ...REQUEST, memo: 'Thank you.', dueDate: '2999-01-01', needsApproval: true };
  const { invoice } = await client.createInvoice(draft);
  expect(invoice).toMatchObject({
    ...{ status: InvoiceStatus.DRAFT, memo: 'Thank you.', dueDate: '2999-01-01', number: '' },
    hold: { until: { case: 'approval' } },
  });
  const done = await client.finalizeInvoice({ invoiceId: invoice?.id ?? '' });
  expect(done.invoice).toMatchObject({ number: 'INV-000001', total: { amount: '810.00' } });
});

test('a test account has its invoice on its own clock, and numbered apart', async () => {
  const issueMs = Date.UTC(2024, 1, 29);
  const { client } = given('on a clock', issueMs);
  const { invoice } = await client.createInvoice(REQUEST);
  expect(invoice).toMatchObject({ number: 'test-000001', issueTime: timestampFromMs(issueMs) });
});

test('nothing is made for an account that is not there, nor while billing cannot be asked, nor of what cannot be', async () => {
  const { client } = given('refused');
  const failures = [
    await failureOf(client.createInvoice({ ...REQUEST, accountId: 'acct_2' })),
    await failureOf(client.createInvoice({ ...REQUEST, timeZone: 'Mars', dueDate: '1999' })),
  ];
  expect(failures.map(({ reason }) => reason)).toEqual(['ACCOUNT_NOT_FOUND', 'INVOICE_INVALID']);
  world.accounts.down = true;
  const away = await failureOf(client.createInvoice(REQUEST));
  world.accounts.down = false;
  expect(away.reason).toBe('BILLING_UNAVAILABLE');
  expect((await client.listInvoices({})).invoices).toEqual([]);
  expect((await client.createInvoice(REQUEST)).invoice?.number).toBe('INV-000001');
});
