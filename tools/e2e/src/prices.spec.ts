import { waitFor } from '@billingrails/testing';
import { startPlatform, type Platform } from '@billingrails/stack';
import { answeredBy } from './json-call';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform?.stop());

const start = '2023-06-01T00:00:00Z';
/** June ends an hour before: what was used in it is billed after the usual grace. */
const billed = '2023-07-01T01:00:00Z';

const billedNext = '2023-08-01T01:00:00Z';

/** Payments of June, one of which is taken back. */
const paid = ['10', '80', '10', '10000', '55.5'];

test('prices of every kind come to lines whose arithmetic the page shows, from events to the page', async () => {
  await call('billing', 'TestClockService/CreateTestClock', { current_time: start });
  await call('billing', 'AccountService/CreateAccount', { account_id: 'shop', name: 'Shop' });
  await subscribe(await createMeter());
  for (const [index, amount] of paid.entries())
    await pay(`payment ${index}`, `2023-06-1${index}T00:00:00Z`, amount);
  await call('ingest', 'EventService/VoidEvents', {
    account_id: 'shop',
    idempotency_keys: ['payment 4'],
  });
  await call('billing', 'TestClockService/AdvanceTestClock', { current_time: billed });

  const invoice = await theInvoice();
  expect(invoice.lines.map(({ description, amount }) => [description, amount.amount])).toEqual([
    ['Platform', '18.00'],
    ['Each payment', '19.39'],
    ['After the first', '17.14'],
    ['All payments', '100.30'],
    ['By tier', '51.00'],
    ['As paid', '10100.00'],
    ['Bundles', '14.00'],
    ['Volume', '3.60'],
  ]);
  const { html } = await call('invoicing', 'InvoiceService/RenderInvoice', {
    invoice_id: invoice.id,
  });
  const page = String(html)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  for (const shown of [
    'Flat amount 20.00 20.00 10 % off \u221210 % × 20.00 \u22122.00',
    '80.00 × 2.99 % + 1 × 0.50 2.892',
    'Transactions at least 2.25 2 × 2.25 4.50',
    'Transactions at most 12.00 1 × 12.00 12.00',
    'Free transactions, 10.00 in all 1 × 0.00 0.00',
    '(10,100.00 \u2212 100.00) × 1 % + (4 \u2212 1) × 0.10 = 100.30',
    'up to 100 100.00 × 1 % 1.00 over 100 10,000.00 × 0.5 % 50.00',
    'As the events report: 10,100.00',
    '2 packages of 3 × 7.00 = 14.00',
    'up to 10: 4 × 0.90 = 3.60',
  ])
    expect(page).toContain(shown);

  // An earlier payment that comes late takes the free place, so that the first of before is charged.
  await pay('payment 5', '2023-06-09T00:00:00Z', '20');
  await call('billing', 'TestClockService/AdvanceTestClock', { current_time: billedNext });
  const later = await theInvoice(2);
  expect(
    later.lines
      .filter(
        ({ description, period }) =>
          description === 'After the first' && period.start_time === start,
      )
      .map(({ amount }) => amount.amount),
  ).toEqual(['2.25']);
});

interface Invoice {
  readonly id: string;
  readonly lines: readonly {
    readonly description: string;
    readonly period: { readonly start_time: string };
    readonly amount: { readonly amount: string };
  }[];
}

function call(service: keyof Platform['httpUrls'], method: string, request: object) {
  return answeredBy(platform, service, method, request);
}

function pay(idempotency_key: string, timestamp: string, amount: string) {
  const properties = { billingrails_account_id: 'shop', amount };
  const event = { event_name: 'Payment', idempotency_key, timestamp, properties };
  return call('ingest', 'EventService/IngestEvents', { events: [event] });
}

async function createMeter(): Promise<string> {
  const { meter } = await call('metering', 'MeterService/CreateMeter', {
    name: 'Payments',
    event_name: 'Payment',
    profiles: [
      {
        ...{ code: 'paid', name: 'Paid', aggregation_property: 'amount' },
        aggregation_method: 'AGGREGATION_METHOD_SUM',
      },
      { code: 'count', name: 'Count', aggregation_method: 'AGGREGATION_METHOD_COUNT' },
    ],
  });
  return (meter as { id: string }).id;
}

async function subscribe(meter_id: string): Promise<void> {
  const fee = (name: string, profile: string, price: object) => ({
    ...{ name, price, meter_profile: { meter_id, profile } },
  });
  const bounds = { transaction_minimum: '2.25', transaction_maximum: '12' };
  const free = { free_amount: '100', free_events: '1', fixed_amount: '0.1' };
  const { plan } = await call('billing', 'PlanService/CreatePlan', {
    name: 'Payments',
    currency_code: 'USD',
    fees: [
      { name: 'Platform', price: { flat: { amount: '20' }, terms: { percent_off: '10' } } },
      fee('Each payment', 'paid', {
        percentage: { percent: '2.99', fixed_amount: '0.5', ...bounds },
      }),
      fee('After the first', 'paid', {
        percentage: { percent: '2.99', fixed_amount: '0.5', free_events: '1', ...bounds },
      }),
      fee('All payments', 'paid', { percentage: { percent: '1', ...free } }),
      fee('By tier', 'paid', {
        graduated_percentage: { tiers: [{ up_to: '100', percent: '1' }, { percent: '0.5' }] },
      }),
      fee('As paid', 'paid', { dynamic: {} }),
      fee('Bundles', 'count', { per_package: { package_size: '3', package_amount: '7' } }),
      fee('Volume', 'count', {
        volume: { tiers: [{ up_to: '10', unit_amount: '0.9' }, { unit_amount: '0.5' }] },
      }),
    ],
  });
  await call('billing', 'SubscriptionService/CreateSubscription', {
    account_id: 'shop',
    plan_id: (plan as { id: string }).id,
  });
}

/** The newest of so many. */
function theInvoice(count = 1): Promise<Invoice> {
  return waitFor(
    async () => {
      const { invoices } = await call('invoicing', 'InvoiceService/ListInvoices', {});
      const found = (invoices as Invoice[] | undefined) ?? [];
      return found.length === count ? found[0] : undefined;
    },
    { what: 'the invoice' },
  );
}
