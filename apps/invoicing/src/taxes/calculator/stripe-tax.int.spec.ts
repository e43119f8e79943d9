import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TaxCalculation } from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { derivedId } from '@billingrails/ids';
import { decimalText } from '@billingrails/money';
import { waitFor } from '@billingrails/testing';
import type { RatesQuestion } from '../domain/tax-calculator';
import { flatCharge, organisation, postedBill } from '../../testing/posted-bills';
import { startWorld, type Replica, type World } from '../../testing/world';
import { stripeTax } from './stripe-tax';

const API_KEY = 'sk_test_0123456789abcdef';

/** What the fake answers; reset before each test. */
let answer: (question: URLSearchParams, response: ServerResponse) => void;
const asked: { path: string; headers: IncomingMessage['headers']; body: URLSearchParams }[] = [];
let fake: Server;
let url: string;
let world: World;
let replica: Replica;
const nowMs = () => Date.UTC(2026, 10, 28);

beforeAll(async () => {
  fake = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      asked.push({ path: request.url ?? '', headers: request.headers, body });
      answer(body, response);
    });
  });
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(fake.address() as AddressInfo).port}`;
  world = await startWorld({ taxCalculator: calculator() });
  replica = await world.replica();
});
afterAll(async () => {
  await world?.stop();
  fake?.closeAllConnections();
  await new Promise((resolve) => fake?.close(resolve));
});
beforeEach(() => {
  asked.length = 0;
  answer = answered;
});

function calculator(timeoutMs = 30_000) {
  return stripeTax({ apiKey: API_KEY, url, timeoutMs, nowMs });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A tax as the API writes it. */
function part(name: string, percent: string, place = {}, reason = 'standard_rated') {
  return {
    amount: 0,
    taxable_amount: 0,
    sourcing: 'destination',
    jurisdiction: { country: 'US', display_name: 'Texas', level: 'state', state: 'TX', ...place },
    tax_rate_details: { display_name: name, percentage_decimal: percent, tax_type: 'sales_tax' },
    taxability_reason: reason,
  };
}

const STATE = part('Sales tax', '6.25');
const CITY = part('Sales tax', '2.0', { display_name: 'Austin', level: 'city' });

/** Texas and Austin for whatever is asked for, in the shape of the API. */
function answered(
  question: URLSearchParams,
  response: ServerResponse,
  parts: object[] = [STATE, CITY],
) {
  const count = [...question.keys()].filter((key) => key.endsWith('[reference]')).length;
  const data = Array.from({ length: count }, (_, index) => ({
    id: `tax_li_${index}`,
    object: 'tax.calculation_line_item',
    reference: question.get(`line_items[${index}][reference]`),
    tax_behavior: question.get(`line_items[${index}][tax_behavior]`),
    tax_breakdown: parts,
  }));
  const line_items = { object: 'list', data, has_more: false };
  json(response, 200, { id: 'taxcalc_1', object: 'tax.calculation', line_items });
}

const question: RatesQuestion = {
  currencyCode: 'USD',
  atMs: Date.UTC(2026, 10, 20),
  place: {
    lines: ['1 Main St'],
    city: 'Austin',
    postalCode: '78701',
    region: 'TX',
    countryCode: 'US',
  },
  taxIds: [
    { countryCode: 'DE', value: 'DE136695976' },
    { countryCode: 'BM', value: '1' },
  ],
  supplies: [
    { category: 'txcd_10103001', included: false, amount: 4_261n },
    { category: '', included: true, amount: 10n ** 12n },
  ],
};

test('what is asked is what the contract of the service wants', async () => {
  const rates = await calculator().ratesOf(question);
  const [{ path, headers, body } = fail()] = asked;
  expect(path).toBe('/v1/tax/calculations');
  expect(headers['authorization']).toBe(`Bearer ${API_KEY}`);
  expect(Object.fromEntries(body)).toEqual({
    currency: 'usd',
    tax_date: String(Date.UTC(2026, 10, 20) / 1000),
    'customer_details[address][country]': 'US',
    'customer_details[address][line1]': '1 Main St',
    'customer_details[address][city]': 'Austin',
    'customer_details[address][postal_code]': '78701',
    'customer_details[address][state]': 'TX',
    'customer_details[address_source]': 'billing',
    'customer_details[tax_ids][0][type]': 'eu_vat',
    'customer_details[tax_ids][0][value]': 'DE136695976',
    'line_items[0][reference]': '0',
    'line_items[0][amount]': '4261',
    'line_items[0][tax_behavior]': 'exclusive',
    'line_items[0][tax_code]': 'txcd_10103001',
    'line_items[1][reference]': '1',
    'line_items[1][amount]': '99999999',
    'line_items[1][tax_behavior]': 'inclusive',
    'expand[0]': 'line_items.data.tax_breakdown',
  });
  expect(
    rates.map((each) => each.map((rate) => `${rate.name} ${decimalText(rate.percent)}`)),
  ).toEqual([
    ['Sales tax (Texas) 6.25', 'Sales tax (Austin) 2'],
    ['Sales tax (Texas) 6.25', 'Sales tax (Austin) 2'],
  ]);
});

test('dates that the service does not take are the nearest that it takes', async () => {
  await calculator().ratesOf({ ...question, atMs: Date.UTC(2020, 0, 1) });
  await calculator().ratesOf({ ...question, atMs: Date.UTC(2030, 0, 1) });
  const days = asked.map(
    ({ body }) => (Number(body.get('tax_date')) * 1000 - nowMs()) / 86_400_000,
  );
  expect(days).toEqual([-31, 31]);
});

const GERMANY = { country: 'DE', display_name: 'Germany', level: 'country', state: null };

test.each<[string, object, string[]]>([
  ['a country', part('VAT', '19.0', GERMANY), ['VAT 19 taxed']],
  ['a reverse charge', part('VAT', '0', GERMANY, 'reverse_charge'), ['VAT 0 reverse_charge']],
  [
    'an exemption without a rate',
    { ...part('', '', GERMANY, 'product_exempt'), tax_rate_details: null },
    ['Tax 0 exempt'],
  ],
  ['a rate of zero', part('VAT', '0.0', GERMANY, 'zero_rated'), ['VAT 0 zero_rated']],
  ['a place where none is collected', part('VAT', '0', GERMANY, 'not_collecting'), []],
])('the answer of %s is applied', async (_, breakdown, expected) => {
  answer = (body, response) => answered(body, response, [breakdown]);
  const [rates = []] = await calculator().ratesOf(question);
  expect(
    rates.map(({ name, percent, treatment }) => `${name} ${decimalText(percent)} ${treatment}`),
  ).toEqual(expected);
});

test.each<[string, typeof answer]>([
  ['nothing', (_, response) => response.destroy()],
  ['an error of its own', (_, response) => json(response, 500, { error: { message: 'down' } })],
  [
    'that it is asked too often',
    (_, response) => json(response, 429, { error: { message: 'slow' } }),
  ],
  [
    'that the key is wrong',
    (_, response) =>
      json(response, 401, { error: { type: 'authentication_error', message: 'No' } }),
  ],
  [
    'that the address is wrong',
    (_, response) =>
      json(response, 400, { error: { type: 'invalid_request_error', message: 'Bad postal code' } }),
  ],
  ['no line items', (_, response) => json(response, 200, { object: 'tax.calculation' })],
  ['a rate that is none', (body, response) => answered(body, response, [part('VAT', 'x')])],
  [
    'a tax on a part of the amount',
    (body, response) => answered(body, response, [part('VAT', '19', {}, 'taxable_basis_reduced')]),
  ],
  ['what is no JSON', (_, response) => response.writeHead(200).end('<html>')],
])(
  'where the service answers %s, there are no rates, and the key is not told',
  async (_, answering) => {
    answer = answering;
    const error: unknown = await calculator()
      .ratesOf(question)
      .then(fail, (thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'TAX_CALCULATOR_AWAY' });
    expect(String(error)).not.toContain(API_KEY);
  },
);

test('a service that does not answer in time has no rates', async () => {
  answer = () => undefined;
  await expect(calculator(100).ratesOf(question)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('while the service is away an invoice waits, and others do not; then it is right', async () => {
  const organisationId = organisation('calculated');
  const taxes = replica.client(TaxService, organisationId);
  const address = { countryCode: 'US', region: 'TX', postalCode: '78701' };
  await taxes.updateTaxSettings({
    settings: { calculation: TaxCalculation.SERVICE, seller: { name: 'Seller', address } },
  });
  let failures = 0;
  answer = (_, response) => {
    failures += 1;
    json(response, 503, { error: { message: 'away' } });
  };
  const lines = [flatCharge('Platform', '20'), flatCharge('Back', '-5')];
  await world.publish(postedBill({ organisationId, lines }));
  const others = organisation('not calculated');
  await world.publish(postedBill({ organisationId: others, billId: derivedId('bill', 'other') }));
  const totalsOf = async (id: typeof organisationId) =>
    (await replica.as(id).listInvoices({})).invoices.map(({ total }) => total?.amount);
  await waitFor(async () => (await totalsOf(others)).length === 1, { what: 'the other invoice' });
  await waitFor(() => Promise.resolve(failures > 0), { what: 'a question' });
  expect(await totalsOf(organisationId)).toEqual([]);
  expect(await world.mongo.db.collection('quarantine').countDocuments()).toBe(0);
  answer = answered;
  await waitFor(async () => (await totalsOf(organisationId)).length === 1, { what: 'the invoice' });
  const { invoices } = await replica.as(organisationId).listInvoices({});
  // 6.25 % and 2 % of 15.00.
  expect(invoices).toMatchObject([
    {
      total: { amount: '16.24' },
      taxes: [
        { name: 'Sales tax (Texas)', percent: '6.25', region: 'TX', amount: { amount: '0.94' } },
        { name: 'Sales tax (Austin)', percent: '2', amount: { amount: '0.30' } },
      ],
    },
  ]);
});

function fail(): never {
  throw new Error('The call must fail, and has not.');
}
