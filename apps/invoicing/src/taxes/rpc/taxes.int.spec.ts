import { toJson, type JsonValue } from '@bufbuild/protobuf';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import {
  TaxCalculation,
  TaxExemptionKind,
  TaxRounding,
} from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { assert } from '@billingrails/errors';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import { failureOf } from '@billingrails/rpc/testing';
import { Code, type Client } from '@connectrpc/connect';
import type { PostedBill } from '../../intake/domain/posted-bill';
import { account, flatCharge, organisation, postedBill } from '../../testing/posted-bills';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});
afterAll(() => world?.stop());

const GERMAN_SELLER = {
  name: 'Penny Lane GmbH',
  address: { lines: ['Straße 1'], city: 'Berlin', postalCode: '10115', countryCode: 'DE' },
  taxIds: [{ countryCode: 'DE', value: 'DE 136 695 976' }],
};

/** An organisation that charges German VAT of 19 % and asks other members for a reverse charge. */
async function taxing(name: string, settings = {}) {
  const organisationId = organisation(name);
  const taxes = replica.client(TaxService, organisationId);
  await taxes.updateTaxSettings({
    settings: {
      calculation: TaxCalculation.RATES,
      seller: GERMAN_SELLER,
      reverseChargeCountryCodes: ['DE', 'FR'],
      ...settings,
    },
  });
  await taxes.createTaxRate({ rate: { name: 'VAT', percent: '19', countryCode: 'DE' } });
  return { organisationId, taxes };
}

let billed = 0;

/** The invoice of a bill, as JSON. */
async function invoiceOf(
  organisationId: OrganisationId,
  changes: Partial<PostedBill>,
): Promise<Record<string, JsonValue>> {
  billed += 1;
  const billId = derivedId('bill', String(billed));
  await world.publish(postedBill({ organisationId, billId, ...changes }));
  await world.settled();
  const { invoices } = await replica.as(organisationId).listInvoices({ pageSize: 1 });
  const [invoice] = invoices;
  assert(invoice?.billId === billId, 'the bill was invoiced');
  return toJson(InvoiceSchema, invoice, { useProtoFieldName: true }) as Record<string, JsonValue>;
}

const usd = (amount: string) => ({ currency_code: 'USD', amount });

test('an invoice says what is taxed, by rate and line, and who sells and buys', async () => {
  const { organisationId } = await taxing('plain');
  const lines = [flatCharge('Platform', '20'), flatCharge('Support', '0.55')];
  expect(await invoiceOf(organisationId, { lines })).toMatchObject({
    total: usd('24.45'),
    amount_due: usd('24.45'),
    totals: {
      subtotal: usd('20.55'),
      discount: usd('0.00'),
      promotional_credit: usd('0.00'),
      net: usd('20.55'),
      tax: usd('3.90'),
      total: usd('24.45'),
    },
    taxes: [
      {
        name: 'VAT',
        percent: '19',
        treatment: 'TAX_TREATMENT_TAXED',
        country_code: 'DE',
        base_amount: usd('20.55'),
        amount: usd('3.90'),
        tax_rate_id: expect.stringMatching(/^txr_/),
      },
    ],
    lines: [
      { amount: usd('20.00'), net_amount: usd('20.00'), taxes: [{ amount: usd('3.80') }] },
      { amount: usd('0.55'), net_amount: usd('0.55'), taxes: [{ amount: usd('0.10') }] },
    ],
    seller: {
      name: 'Penny Lane GmbH',
      address: { city: 'Berlin', country_code: 'DE' },
      tax_ids: [{ country_code: 'DE', value: 'DE136695976' }],
    },
    customer: { name: 'Strawberry Fields Ltd' },
  });
});

test('taxes are rounded once on an invoice or on each line, as set', async () => {
  const lines = ['a', 'b', 'c'].map((name) => flatCharge(name, '0.13'));
  const { organisationId: once } = await taxing('rounded once');
  expect(await invoiceOf(once, { lines })).toMatchObject({
    totals: { tax: usd('0.07'), total: usd('0.46') },
    lines: ['0.03', '0.02', '0.02'].map((amount) => ({ taxes: [{ amount: usd(amount) }] })),
  });
  const { organisationId: each } = await taxing('rounded each', { rounding: TaxRounding.LINE });
  expect(await invoiceOf(each, { lines })).toMatchObject({
    totals: { tax: usd('0.06'), total: usd('0.45') },
    lines: ['0.02', '0.02', '0.02'].map((amount) => ({ taxes: [{ amount: usd(amount) }] })),
  });
});

test('a price may include its tax, and a fee have another category: both is said of the fee', async () => {
  const { organisationId, taxes } = await taxing('fees');
  const rate = { name: 'VAT', percent: '7', countryCode: 'DE', taxCategory: 'books' };
  await taxes.createTaxRate({ rate });
  const [book, platform] = [flatCharge('Book', '10.70'), flatCharge('Platform', '10')];
  const tax = { taxCategory: 'books', priceIncludesTax: true };
  await taxes.setFeeTax({ feeId: book.feeId ?? '', tax });
  expect(await taxes.listFeeTaxes({})).toMatchObject({ feeTaxes: [{ feeId: book.feeId, tax }] });
  expect(await invoiceOf(organisationId, { lines: [book, platform] })).toMatchObject({
    totals: { subtotal: usd('20.70'), net: usd('20.00'), tax: usd('2.60'), total: usd('22.60') },
    taxes: [
      {
        percent: '7',
        included: true,
        tax_category: 'books',
        base_amount: usd('10.00'),
        amount: usd('0.70'),
      },
      { percent: '19', base_amount: usd('10.00'), amount: usd('1.90') },
    ],
    lines: [
      { tax_category: 'books', net_amount: usd('10.00'), taxes: [{ amount: usd('0.70') }] },
      { net_amount: usd('10.00'), taxes: [{ tax_index: 1, amount: usd('1.90') }] },
    ],
  });
});

test('a credit that an earlier invoice had taken off is given back with the tax that it was taken off with', async () => {
  const { organisationId, taxes } = await taxing('credits');
  const [book, platform] = [flatCharge('Book', '10.70'), flatCharge('Platform', '10')];
  await taxes.setFeeTax({ feeId: book.feeId ?? '', tax: { priceIncludesTax: true } });
  const credit = { creditGrantId: derivedId('cgr', 'one'), coveredChargeId: book.chargeId };
  const { feeId = derivedId('fee', 'none') } = book;
  const back = {
    ...flatCharge('Credit', '1.19'),
    kind: 'promotional_credit',
    feeId,
    credit,
  } as const;
  // The book stands on an earlier invoice.
  expect(await invoiceOf(organisationId, { lines: [platform, back] })).toMatchObject({
    taxes: [
      { base_amount: usd('10.00'), amount: usd('1.90') },
      { included: true, base_amount: usd('1.00'), amount: usd('0.19') },
    ],
    totals: { total: usd('13.09') },
  });
});

test('fees of a product are taxed as is said of it where nothing is said of the fee, and an invoice says what it comes to', async () => {
  const { organisationId, taxes } = await taxing('products');
  const rate = { name: 'VAT', percent: '7', countryCode: 'DE', taxCategory: 'books' };
  await taxes.createTaxRate({ rate });
  const product = { id: derivedId('prod', 'books'), name: 'Books' };
  const [novel, comic] = [flatCharge('Novel', '10'), flatCharge('Comic', '20')];
  await taxes.setFeeTax({ productId: product.id, tax: { taxCategory: 'books' } });
  await taxes.setFeeTax({ feeId: comic.feeId ?? '', tax: { taxCategory: '' } });
  expect((await taxes.listFeeTaxes({})).feeTaxes).toMatchObject([
    { feeId: comic.feeId, productId: '' },
    { feeId: '', productId: product.id },
  ]);
  const lines = [{ ...novel, product }, { ...comic, product }, flatCharge('Platform', '5')];
  expect(await invoiceOf(organisationId, { lines })).toMatchObject({
    product_totals: [{ product_id: product.id, product_name: 'Books', amount: usd('30.00') }],
    lines: [
      { product_name: 'Books', tax_category: 'books', taxes: [{ amount: usd('0.70') }] },
      { product_id: product.id, taxes: [{ tax_index: 1, amount: usd('3.80') }] },
      { taxes: [{ tax_index: 1, amount: usd('0.95') }] },
    ],
  });
});

test('an account owes tax where it is, a reverse charge with a tax id, or none by its exemption', async () => {
  const { organisationId, taxes } = await taxing('accounts');
  await taxes.createTaxRate({ rate: { name: 'TVA', percent: '20', countryCode: 'FR' } });
  const lines = [flatCharge('Platform', '10')];
  const taxOf = async (accountId: string, details: object) => {
    await taxes.setAccountTaxDetails({ accountId, details });
    const invoice = await invoiceOf(organisationId, { accountId: account(accountId), lines });
    return { taxes: invoice['taxes'], total: invoice['total'], customer: invoice['customer'] };
  };
  const address = { countryCode: 'FR', postalCode: '75001' };
  expect(await taxOf('consumer', { address })).toMatchObject({
    taxes: [{ name: 'TVA', percent: '20', amount: usd('2.00') }],
    total: usd('12.00'),
  });
  const taxIds = [{ countryCode: 'FR', value: 'FR 40 303 265 045' }];
  expect(await taxOf('company', { address, taxIds })).toMatchObject({
    taxes: [
      {
        treatment: 'TAX_TREATMENT_REVERSE_CHARGE',
        percent: '0',
        base_amount: usd('10.00'),
        amount: usd('0.00'),
        note: 'Reverse charge: the recipient is liable for the tax.',
      },
    ],
    total: usd('10.00'),
    customer: { tax_ids: [{ country_code: 'FR', value: 'FR40303265045' }] },
  });
  const exemption = { kind: TaxExemptionKind.EXEMPT, note: 'Certificate 7' };
  expect(await taxOf('embassy', { exemption })).toMatchObject({
    taxes: [{ treatment: 'TAX_TREATMENT_EXEMPT', note: 'Certificate 7', amount: usd('0.00') }],
    total: usd('10.00'),
  });
  expect(await taxOf('elsewhere', { address: { countryCode: 'NZ' } })).toMatchObject({
    taxes: undefined,
    total: usd('10.00'),
  });
});

test('what has been invoiced stays as it was, also when its bill comes again after rates have changed', async () => {
  const { organisationId, taxes } = await taxing('changes');
  const bill = postedBill({ organisationId, lines: [flatCharge('Platform', '10')] });
  await world.publish(bill);
  await world.settled();
  const { rates } = await taxes.listTaxRates({ countryCode: 'DE' });
  const [rate] = rates;
  const endTime = { seconds: 0n };
  await taxes.endTaxRate({ taxRateId: rate?.id ?? '', endTime });
  await taxes.createTaxRate({ rate: { name: 'VAT', percent: '21', countryCode: 'DE' } });
  await world.publish(bill);
  await world.settled();
  const { invoices } = await replica.as(organisationId).listInvoices({});
  expect(invoices.map(({ total }) => total?.amount)).toEqual(['11.90']);
  expect(await world.mongo.db.collection('quarantine').countDocuments()).toBe(0);
  const lines = [flatCharge('Platform', '10')];
  expect(await invoiceOf(organisationId, { lines })).toMatchObject({ total: usd('12.10') });
});

test('an organisation without taxes has invoices as ever, whatever others charge', async () => {
  const { organisationId } = await taxing('neighbour', { calculation: TaxCalculation.UNSPECIFIED });
  const invoice = await invoiceOf(organisationId, { lines: [flatCharge('Platform', '10')] });
  expect(invoice).toMatchObject({ total: usd('10.00'), totals: { net: usd('10.00') } });
  expect(invoice).not.toHaveProperty('taxes');
  expect(invoice).not.toHaveProperty('seller');
});

test('wrong rates, tax ids and fees are refused with what is wrong about them', async () => {
  const { taxes } = await taxing('refused');
  const rate = { name: 'VAT', percent: '19', countryCode: 'DE' };
  const calls: [Promise<unknown>, string, string[]][] = [
    [
      taxes.createTaxRate({ rate: { ...rate, percent: '-1' } }),
      'REQUEST_INVALID',
      ['rate.percent'],
    ],
    [
      taxes.createTaxRate({ rate: { ...rate, countryCode: 'de' } }),
      'REQUEST_INVALID',
      ['rate.country_code'],
    ],
    [
      taxes.createTaxRate({ rate: { ...rate, percent: '1000.5' } }),
      'TAX_INVALID',
      ['rate.percent'],
    ],
    [
      taxes.createTaxRate({
        rate: { ...rate, startTime: { seconds: 9n }, endTime: { seconds: 9n } },
      }),
      'TAX_INVALID',
      ['rate.end_time'],
    ],
    [
      taxes.setAccountTaxDetails({
        accountId: 'a',
        details: { taxIds: [{ countryCode: 'DE', value: 'DE136695978' }] },
      }),
      'TAX_INVALID',
      ['details.tax_ids[0].value'],
    ],
    [
      taxes.updateTaxSettings({
        settings: { seller: { name: 'S', taxIds: [{ countryCode: 'AT', value: 'U1' }] } },
      }),
      'TAX_INVALID',
      ['settings.seller.tax_ids[0].value'],
    ],
    [taxes.setFeeTax({ feeId: 'Platform', tax: {} }), 'TAX_INVALID', ['fee_id']],
    [taxes.setFeeTax({ productId: 'Platform', tax: {} }), 'TAX_INVALID', ['product_id']],
  ];
  for (const [call, reason, fields] of calls)
    expect(await failureOf(call)).toEqual({ code: Code.InvalidArgument, reason, fields });
  const service = taxes.updateTaxSettings({ settings: { calculation: TaxCalculation.SERVICE } });
  expect(await failureOf(service)).toMatchObject({
    ...{ code: Code.FailedPrecondition, reason: 'NO_TAX_CALCULATOR' },
  });
  const none = taxes.endTaxRate({ taxRateId: derivedId('txr', 'none'), endTime: {} });
  expect(await failureOf(none)).toMatchObject({
    code: Code.NotFound,
    reason: 'TAX_RATE_NOT_FOUND',
  });
});

test('rates and details are the organisation’s own, in pages, and a request that is repeated happens once', async () => {
  const { taxes } = await taxing('pages');
  const create = (name: string) =>
    taxes.createTaxRate({
      rate: { name, percent: '1', countryCode: 'US', postalCodePrefix: 'ab-1 2' },
      requestId: `rate ${name}`,
    });
  const first = await create('City');
  expect(await create('City')).toEqual(first);
  expect(first.rate).toMatchObject({ name: 'City', percent: '1', postalCodePrefix: 'AB12' });
  await create('State');
  const namesOf = async (client: Client<typeof TaxService>, countryCode: string) => {
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await client.listTaxRates({ countryCode, pageSize: 1, pageToken });
      names.push(...page.rates.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return names;
  };
  expect(await namesOf(taxes, '')).toEqual(['VAT', 'City', 'State']);
  expect(await namesOf(taxes, 'US')).toEqual(['City', 'State']);
  const accountId = 'own';
  await taxes.setAccountTaxDetails({ accountId, details: { address: { countryCode: 'US' } } });
  const { taxes: others } = await taxing('pages of others');
  expect(await namesOf(others, '')).toEqual(['VAT']);
  expect((await taxes.getAccountTaxDetails({ accountId })).details?.address?.countryCode).toBe(
    'US',
  );
  expect((await others.getAccountTaxDetails({ accountId })).details?.address).toBeUndefined();
  const { settings } = await others.getTaxSettings({});
  expect(settings?.reverseChargeCountryCodes).toEqual(['DE', 'FR']);
});
