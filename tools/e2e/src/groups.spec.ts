import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineAgreement } from '@billingrails/contracts/billingrails/invoicing/v1/explanation_pb';
import {
  InvoiceService,
  type ExplainLineResponse,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import { bundled, PATIENCE_MS, waitFor } from '@billingrails/testing';
import { checkoutFolder, startPlatform, type Platform } from '@billingrails/stack';
import { CommandLine, StallingProxy } from './command-line';
import { answeredBy } from './json-call';

const [program] = bundled('../cli/src/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'billingrails-groups-'));
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await platform?.stop();
});

/** June in Auckland, which is twelve hours ahead of UTC. */
const timeZone = 'Pacific/Auckland';
const start = '2023-05-31T12:00:00Z';
const end = '2023-06-30T12:00:00Z';
const graceEnd = '2023-06-30T13:00:00Z';

const events = [
  ['2023-05-31T11:59:59Z', 'eu', 100], // before June
  ['2023-05-31T12:00:00Z', 'eu', 4],
  ['2023-06-10T11:00:00Z', 'us', 5],
  ['2023-06-10T13:00:00Z', 'us', 7], // the same day in UTC, the next in Auckland
  ['2023-06-10T13:00:00Z', 'x'.repeat(70), 2], // longer than the name of a group
  ['2023-06-30T11:59:59Z', undefined, 0.5],
  ['2023-06-30T12:00:00Z', 'us', 100], // after June
] as const;

test('groups come to lines of their own, and days are those of the subscription, from events to the page', async () => {
  await call('billing', 'TestClockService/CreateTestClock', { current_time: start });
  await call('billing', 'AccountService/CreateAccount', { account_id: 'kiwi', name: 'Kiwi' });
  const meterId = await createMeter();
  await subscribe(meterId);
  await call('ingest', 'EventService/IngestEvents', {
    events: events.map(([timestamp, region, load]) => ({
      event_name: 'Load',
      timestamp,
      properties: { billingrails_account_id: 'kiwi', load, ...(region ? { region } : {}) },
    })),
  });
  await call('billing', 'TestClockService/AdvanceTestClock', { current_time: graceEnd });

  const invoice = await theInvoice();
  expect(invoice).toMatchObject({
    time_zone: timeZone,
    lines: [
      { description: 'Sum (none)', quantity: '0.5', exact_amount: '1', group: { values: [null] } },
      { description: 'Sum (eu)', quantity: '4', exact_amount: '0.5', group: { values: ['eu'] } },
      { description: expect.stringMatching(/^Sum \(sha256:/), quantity: '2' },
      { description: 'Sum (us)', quantity: '12', exact_amount: '24', group: { values: ['us'] } },
      // 4 + 5 + 7 + 0.5: a peak for each day in Auckland.
      { description: 'Peaks', quantity: '16.5', event_count: '5' },
      { description: 'Held (none)', quantity: '0.5' },
      { description: 'Held (eu)', quantity: '10368000' },
      { description: expect.stringMatching(/^Held \(sha256:/) },
      { description: 'Held (us)', quantity: '12106800' },
      { description: 'Mean', quantity: '3.7' },
    ],
  });
  const page = await call('invoicing', 'InvoiceService/RenderInvoice', { invoice_id: invoice.id });
  expect(page['html']).toMatch(/<dd><bdi>1\s?–\s?30 June 2023<\/bdi><\/dd>/);
  expect(page['html']).toContain('Days are those of Pacific/Auckland.');

  // A past-dated revision changes what usage is, but not what a line was made of.
  await call('metering', 'MeterService/ReviseMeterProfile', {
    meter_id: meterId,
    profile: profile('sum', 'SUM', { group_by: ['load'] }),
    effective_time: start,
  });
  for (const line of invoice.lines) {
    const { rows } = await call('metering', 'UsageService/QueryUsage', questionOf(invoice, line));
    expect(rows).toMatchObject([{ value: line.quantity, event_count: line.event_count }]);
  }

  // Nor does an event that comes when the invoice is there: each line is explained as it was made.
  const { consistency_token } = await call('ingest', 'EventService/IngestEvent', {
    event_name: 'Load',
    timestamp: '2023-06-20T00:00:00Z',
    properties: { billingrails_account_id: 'kiwi', load: 1_000, region: 'us' },
  });
  const sum = { meter_id: meterId, profile: 'sum', account_ids: ['kiwi'], consistency_token };
  await call('metering', 'UsageService/QueryUsage', { ...sum, start_time: start, end_time: end });
  const { urls, key } = platform;
  const invoices = createRpcClient(InvoiceService, {
    ...{ url: urls.invoicing, key, defaultTimeoutMs: PATIENCE_MS },
  });
  for (const { id: lineId, quantity, event_count } of invoice.lines) {
    const request = { invoiceId: invoice.id, lineId };
    let last: ExplainLineResponse | undefined;
    for await (const part of invoices.client.explainLine(request)) last = part;
    expect(last?.part).toMatchObject({
      case: 'result',
      value: { quantity, eventCount: BigInt(event_count), agreement: LineAgreement.AGREES },
    });
  }
  invoices.close();
});

test('the command line recomputes the invoice from its events, and tells what it is asked wrongly', async () => {
  const cli = new CommandLine(program, platform.httpUrls, platform.key, folder);
  const [invoice] = await cli.json<Invoice[]>('invoices', 'list');
  const invoiceId = invoice?.id ?? '';
  const checks = await cli.json<{ what: string; of: string; result: string }[]>(
    'verify',
    invoiceId,
  );
  expect(checks.filter(({ result }) => result !== 'agrees')).toEqual([]);
  const counted = checks.filter(({ what }) => what === 'quantity of the events');
  expect(counted.map(({ of }) => of)).toEqual(
    expect.arrayContaining(['Sum (none)', 'Sum (eu)', 'Sum (us)', 'Mean']),
  );
  const report = await cli.run('report', '--from', '2026-01', '--json');
  expect([report.exitCode, report.stdout]).toEqual([
    0,
    expect.stringContaining('"events_missing": "0"'),
  ]);
  const exported = await cli.run('export', 'invoices', '--payment-status', 'open');
  expect([exported.exitCode, exported.stdout.split('\r\n').length]).toEqual([0, 3]);
  expect(exported.stdout).toContain(invoiceId);
  const ledger = await cli.run('export', 'credit-entries', '--format', 'ndjson');
  expect(ledger).toMatchObject({ exitCode: 0, stdout: '' });
  const words = ['audit', 'list', '--method', 'AccountService/CreateAccount', '--resource', 'kiwi'];
  const records = await waitFor(
    async () => {
      const found = await cli.json<{ method: string }[]>(...words);
      return found.length > 0 ? found : undefined;
    },
    { what: 'the audit log to have what was done' },
  );
  expect(records).toMatchObject([{ object_id: 'kiwi', outcome: 'AUDIT_OUTCOME_DONE' }]);
  expect(await cli.json('audit', 'verify')).toMatchObject({ whole: true });
  const file = join(folder, 'invoice.pdf');
  const pdf = async () => (await cli.run('invoices', 'pdf', invoiceId, '--file', file)).exitCode;
  await waitFor(async () => (await pdf()) === 0, {
    what: 'the page, which a busy machine makes late',
  });
  const refused = await cli.run('accounts', 'create', 'a b', '--email', 'nobody');
  expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
  expect(refused.stderr).toMatch(/account_id: .*\n.*name: .*\n.*email: /s);
  expect(await cli.run('invoices', 'show', 'inv_none')).toMatchObject({ exitCode: 4 });
});

test('an import that is killed half way and run again counts each line once, and tells every line that it refuses', async () => {
  const { key } = await platform.organisation('imports');
  const file = join(folder, 'calls.csv');
  const [head = '', ...lines] = traceLines();
  writeFileSync(file, [head, ...lines, 'noon,1,2', ''].join('\n'));
  const words = ['events', 'import', file, '--event-name', 'Call', '--account', 'acct_1'];

  const proxy = new StallingProxy(platform.httpUrls.ingest, Math.floor(lines.length / 200));
  const stalling = { ...platform.httpUrls, ingest: await proxy.listen() };
  const first = new CommandLine(program, stalling, key, folder).start(...words);
  await waitFor(() => proxy.stalled > 0, { what: 'a batch on its way' });
  first.kill('SIGKILL');
  await once(first, 'exit');
  proxy.close();

  const cli = new CommandLine(program, platform.httpUrls, key, folder);
  const again = await cli.run(...words, '--json');
  expect([again.exitCode, again.stderr]).toEqual([
    7,
    expect.stringContaining(`calls.csv:${lines.length + 2}: TIMESTAMP: "noon"`),
  ]);
  expect(JSON.parse(again.stdout)).toMatchObject({ acknowledged: lines.length, refused: 1 });
  await cli.json('meters', 'create', '--name', 'Calls', '--event-name', 'Call', '--count', 'calls');
  const rows = await waitFor(
    async () => {
      const words = ['usage', 'Calls', '--from', '2023-11', '--to', '2023-12', '--wait', '--json'];
      const { exitCode, stdout, stderr } = await cli.run(...words);
      if (exitCode !== 0) throw new Error(stderr);
      return stderr === '' ? (JSON.parse(stdout) as { value: string }[]) : undefined;
    },
    { what: 'the events from before the meter to be counted' },
  );
  expect(rows).toMatchObject([{ account_id: 'acct_1', value: String(lines.length) }]);
});

/** The lines of a real trace where there is one beside the checkout, else of one that is made up. */
function traceLines(): string[] {
  const trace = join(checkoutFolder(), '../shared/data/llm-code.csv');
  if (existsSync(trace)) return readFileSync(trace, 'utf8').trimEnd().split(/\r?\n/);
  const made = (_: unknown, index: number) => `2023-11-16 18:17:03.9${index},${index},1`;
  return ['TIMESTAMP,ContextTokens,GeneratedTokens', ...Array.from({ length: 3_000 }, made)];
}

/** Asks for the usage of a line by nothing but what the line and its invoice say. */
function questionOf({ account_id, time_zone }: Invoice, line: Line) {
  const { meter_profile, period, group, profile_version } = line;
  return {
    ...{
      ...meter_profile,
      start_time: period.start_time,
      end_time: period.end_time,
      time_zone,
      profile_version,
    },
    ...{ account_ids: [account_id], groups: group === undefined ? [] : [group] },
  };
}

interface Invoice {
  readonly id: string;
  readonly account_id: string;
  readonly time_zone: string;
  readonly lines: readonly Line[];
}

interface Line {
  readonly id: string;
  readonly quantity: string;
  readonly event_count: string;
  readonly meter_profile: object;
  readonly period: { readonly start_time: string; readonly end_time: string };
  readonly group?: object;
  readonly profile_version: number;
}

function call(service: keyof Platform['httpUrls'], method: string, request: object) {
  return answeredBy(platform, service, method, request);
}

function profile(code: string, method: string, more: object) {
  return {
    code,
    name: code,
    aggregation_method: `AGGREGATION_METHOD_${method}`,
    aggregation_property: 'load',
    ...more,
  };
}

async function createMeter(): Promise<string> {
  const group_by = ['region'];
  const { meter } = await call('metering', 'MeterService/CreateMeter', {
    name: 'Load',
    event_name: 'Load',
    profiles: [
      profile('sum', 'SUM', { group_by }),
      profile('peaks', 'MAX', { aggregation_time_window: 'AGGREGATION_TIME_WINDOW_DAY' }),
      profile('held', 'TIME_WEIGHTED_SUM', { group_by, recurring: true }),
      profile('mean', 'AVERAGE', { group_by }),
    ],
  });
  return (meter as { id: string }).id;
}

async function subscribe(meter_id: string): Promise<void> {
  const fee = (name: string, unit_amount: string, more: object = {}) => ({
    name,
    meter_profile: { meter_id, profile: name.toLowerCase() },
    price: { per_unit: { unit_amount } },
    ...more,
  });
  const group_prices = [{ values: ['eu'], price: { per_unit: { unit_amount: '0.125' } } }];
  const { plan } = await call('billing', 'PlanService/CreatePlan', {
    name: 'Load',
    currency_code: 'USD',
    fees: [
      fee('Sum', '2', { by_group: true, group_prices }),
      fee('Peaks', '1'),
      fee('Held', '0.000001', { by_group: true }),
      fee('Mean', '1'),
    ],
  });
  const { subscription } = await call('billing', 'SubscriptionService/CreateSubscription', {
    account_id: 'kiwi',
    plan_id: (plan as { id: string }).id,
    time_zone: timeZone,
  });
  expect(subscription).toMatchObject({ current_period: { start_time: start, end_time: end } });
}

function theInvoice(): Promise<Invoice> {
  return waitFor(
    async () => {
      const { invoices } = await call('invoicing', 'InvoiceService/ListInvoices', {});
      return (invoices as Invoice[] | undefined)?.[0];
    },
    { what: 'the invoice' },
  );
}
