import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SERVICE_NAMES, startPlatform, stopRunning, type Platform } from '@billingrails/stack';
import { bundled, waitFor } from '@billingrails/testing';
import { callJson } from './json-call';

interface DemoResult {
  limits?: { account: string; asked: string; allowed: boolean }[];
  events: number;
  usage: { account: string; meter: string; profile: string; value: string }[];
  invoices: {
    number: string;
    account: string;
    currency: string;
    total: string;
    lines: { description: string; quantity: string; amount: string; events?: number }[];
    page: string;
    pdf: string;
  }[];
  alerts?: readonly { readonly threshold: string; readonly value: string }[];
  exports?: { what: string; rows: number; path: string }[];
  taxes?: {
    account: string;
    rows: { what: string; amount: string }[];
    isOneOff?: boolean;
    credited?: { number: string; total: string };
  }[];
  credits?: {
    balances: { available: string; overage: string }[];
    entries: { day: string; what: string; amount: string; balance: string }[];
  };
  money?: {
    lines: { what: string; amount: string }[];
    total: string;
    creditsApplied: string;
    amountDue: string;
    left: { memo: string; remaining: string }[];
    topUp: { available: string; amount: string; amountDue: string; states: string[] };
  };
  webhooks?: { type: string; received: number; verified: number }[];
  changes?: {
    name: string;
    total: string;
    lines: { description: string; why: string; amount: string }[];
  }[];
}

const root = join(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'billingrails-demo-'));
const [program] = bundled('../demo/src/main.ts');
let first: DemoResult;
const sharedTraces = ['llm-code.csv', 'llm-conv.csv'].map((file) =>
  join(root, '../shared/data', file),
);

afterAll(async () => {
  await stopRunning(folder);
  rmSync(folder, { recursive: true, force: true });
});

test('a trace becomes the invoice that its sums make by hand', async () => {
  const result = await demo('--trace', writeSample(), '--keep');
  first = result;
  expect(result.events).toBe(3000);
  // 3,000 requests of 5,000 prompt and 7 generated tokens: 5,000,000 of 15,000,000 are above the free tier.
  expect(result.usage).toEqual([
    usage('requests', '3000'),
    usage('prompt_tokens', '15000000'),
    usage('generated_tokens', '21000'),
  ]);
  expect(result.invoices).toEqual([
    {
      number: 'INV-000001',
      account: 'sample',
      currency: 'USD',
      total: '32.71',
      lines: [
        { description: 'Platform fee', quantity: '1', amount: '20.00' },
        { description: 'Prompt tokens', quantity: '15000000', amount: '12.50', events: 3000 },
        { description: 'Generated tokens', quantity: '21000', amount: '0.21', events: 3000 },
      ],
      page: expect.stringMatching(/INV-000001\.html$/) as unknown,
      pdf: expect.stringMatching(/INV-000001\.pdf$/) as unknown,
    },
  ]);
  const [invoice] = result.invoices;
  // With its usage by day, read from metering.
  expect(readFileSync(invoice?.page ?? '', 'utf8')).toMatch(/Usage by day[\s\S]*>1 Feb</);
  expect(readFileSync(invoice?.pdf ?? '', 'latin1')).toMatch(/^%PDF-1\.7[\s\S]*%%EOF\s*$/);
});

test('played again with the same keys, nothing is counted twice', async () => {
  const again = await demoAgain('--trace', join(folder, 'sample.csv'), '--keep');
  expect({ ...again, seconds: 0 }).toEqual({ ...first, seconds: 0 });
});

test.each(SERVICE_NAMES)(
  'after kill -9 of %s and its restart nothing is lost and usage is unchanged',
  async (name) => {
    const before = await everythingShown(await startPlatform({ dataDir: folder }));
    const { services } = await startPlatform({ dataDir: folder });
    const pid = services[name].pid;
    if (pid === undefined) throw new Error(`${name} does not run.`);
    process.kill(pid, 'SIGKILL');
    await waitFor(() => !isAlive(pid), { what: `${name} to be gone` });
    const restarted = await startPlatform({ dataDir: folder, detached: true });
    expect(restarted.services[name].pid).not.toBe(pid);
    expect(await everythingShown(restarted)).toEqual(before);
  },
);

test('a change of plan is billed in the two lines that were shown, a month is forecast, late events are an adjustment, prepaid credits burn down, prepaid money pays an invoice in part, alerts fire, a hard limit is reached, and taxes are owed or not', async () => {
  const played = await demoAgain('--data', join(folder, 'music'));
  const { changes = [], credits, alerts, limits, money, taxes = [], webhooks = [] } = played;
  const rowsOf = ({ rows }: (typeof taxes)[number]) =>
    rows.map((row) => `${row.what}: ${row.amount}`);
  expect(taxes[0]?.credited?.total).toBe('9.63');
  expect(taxes.map(rowsOf)).toEqual([
    [
      'Studio: 49.00',
      'Handbook: 10.70',
      'Welcome: 10 % off 59.70: -5.97',
      'VAT 19 % of 44.10: 8.38',
      'VAT 7 % of 9.00, included: 0.63',
      'Total: 62.11',
    ],
    [
      'Studio: 49.00',
      'Handbook: 10.70',
      'Reverse charge 0 % of 59.70. Reverse charge: the recipient is liable for the tax.: 0.00',
      'Total: 59.70',
    ],
    [
      'Workshop, day: 810.00',
      'Handbook: 30.00',
      'Welcome: 10 % off 840.00: -84.00',
      'VAT 19 % of 729.00: 138.51',
      'VAT 7 % of 27.00: 1.89',
      'Total: 896.40',
    ],
  ]);
  expect(taxes.map(({ isOneOff = false }) => isOneOff)).toEqual([false, false, true]);
  // Two lines each, the two taxes of two of them, and what was taken back with its tax: they come to what the
  // documents do.
  const exported = played.exports?.map(
    ({ rows, path }) => [rows, readFileSync(path, 'utf8')] as const,
  );
  expect(exported?.map(([rows]) => rows)).toEqual([3, 6, 12]);
  const [, ...costs] = (exported?.[2]?.[1] ?? '').split('\r\n');
  const cents = costs.map((line) => Math.round(Number(line.split(',')[0]) * 100));
  expect(cents.reduce((sum, each) => sum + each, 0)).toBe(62_11 + 59_70 + 896_40 - 9_63);
  const linesOf = (name: string) =>
    changes
      .find((bill) => bill.name.startsWith(name))
      ?.lines.map(({ description, why, amount }) => `${description}, ${why}: ${amount}`);
  const change = [
    'Small plan, adjustment, plan changed: -5.48',
    'Large plan, recurring, plan changed: 10.97',
  ];
  expect(linesOf('PreviewChange')).toEqual(change);
  expect(linesOf('bill 2')).toEqual(change);
  // 1,000 minutes in half of March: at that pace another 1,000 of the larger plan, at half the price.
  expect(linesOf('PreviewBill: the month so far')).toEqual([
    'Small minutes, usage: 20.00',
    'Large minutes, usage: 0.00',
  ]);
  expect(linesOf('PreviewBill: forecast')).toEqual([
    'Small minutes, usage: 20.00',
    'Large minutes, usage: 10.00',
  ]);
  expect(linesOf('bill 5')).toEqual([
    'Small minutes, adjustment, late usage: 10.00',
    'Large plan, recurring: 20.00',
  ]);
  // 1,200 prepaid and 100 given; 1,000 used on the 5th and 500 on the 10th.
  const left = credits?.balances.map(({ available, overage }) => [available, overage]);
  expect(left).toEqual([
    ['1300', '0'],
    ['300', '0'],
    ['0', '200'],
  ]);
  // However many postings it took, entries of a day sum to what is so.
  const posted: Record<string, number> = {};
  for (const { day, what, amount } of credits?.entries ?? [])
    posted[`${day} ${what}`] = (posted[`${day} ${what}`] ?? 0) + Number(amount);
  expect(posted).toEqual({
    '2026-03-01 granted, paid': 1200,
    '2026-03-01 granted, promotional': 100,
    '2026-03-05 burned, paid': 900,
    '2026-03-05 burned, promotional': 100,
    '2026-03-10 burned, paid': 300,
    '2026-03-10 overage': 200,
  });
  expect(credits?.entries.at(-1)?.balance).toBe('0');
  expect(alerts?.map(({ threshold, value }) => [threshold, value])).toEqual([
    ['down to 100', '0'],
    ['up to 250', '300'],
  ]);
  // A gift of 10.00 is off the bill, and 25.00 prepaid pay of the invoice what they can. Below 10.00 left, 25.00 more
  // are bought, which come once their own invoice is paid.
  expect(money).toEqual({
    lines: [
      { what: 'Gallery, recurring', amount: '40.00' },
      { what: 'Welcome, promotional credit', amount: '-10.00' },
    ],
    ...{ total: '30.00', creditsApplied: '25.00', amountDue: '5.00' },
    left: [
      { memo: 'Welcome', remaining: '0' },
      { memo: 'Prepaid', remaining: '0' },
      { memo: 'Topped up', remaining: '25' },
    ],
    topUp: { available: '0', amount: '25', amountDue: '25.00', states: ['waiting', 'granted'] },
  });
  expect(webhooks.map(({ type }) => type)).toContain('invoice.finalized');
  expect(webhooks.filter(({ received, verified }) => received !== verified)).toEqual([]);
  // 1,500 plays of 1,600, and 900 of 900.
  expect(limits?.map(({ account, asked, allowed }) => [account, asked, allowed])).toEqual([
    ['acct_67890', '100', true],
    ['acct_67890', '1', false],
    ['acct_club', '1', false],
  ]);
});

// The traces lie beside the checkout only where they were put there.
if (sharedTraces.every(existsSync)) {
  test('the real traces come to the cent', async () => {
    const result = await demoAgain(
      '--trace',
      sharedTraces.join(','),
      '--data',
      join(folder, 'real'),
    );
    expect(result.events).toBe(8_819 + 19_366);
    expect(
      result.invoices.map(({ lines, total }) => [...lines.map((l) => l.amount), total]),
    ).toEqual([
      ['20.00', '20.15', '2.46', '42.61'],
      ['20.00', '30.90', '40.89', '91.79'],
    ]);
  });
}

/** Usage and invoices of the kept platform, as its public API shows them. */
async function everythingShown(platform: Platform): Promise<string[]> {
  const { key } = await platform.organisation('trace-2024-02');
  const { metering, invoicing } = platform.httpUrls;
  const meters = await callJson(
    `${metering}/billingrails.metering.v1.MeterService/ListMeters`,
    key,
    {},
  );
  const [meter] = meters.body['meters'] as { id: string; profiles: { code: string }[] }[];
  if (!meter) throw new Error(`The platform shows no meter: ${meters.text}`);
  const shown = meter.profiles.map(({ code }) =>
    callJson(`${metering}/billingrails.metering.v1.UsageService/QueryUsage`, key, {
      meter_id: meter.id,
      profile: code,
      start_time: '2024-02-01T00:00:00Z',
      end_time: '2024-03-01T00:00:00Z',
      window: 'USAGE_WINDOW_DAY',
      wait_for_acknowledged: true,
    }),
  );
  shown.push(
    callJson(`${invoicing}/billingrails.invoicing.v1.InvoiceService/ListInvoices`, key, {}),
  );
  const answers = await Promise.all(shown);
  expect(answers.filter(({ code }) => code !== 'ok').map(({ text }) => text)).toEqual([]);
  return answers.map(({ text }) => text);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function usage(profile: string, value: string) {
  return { account: 'sample', meter: 'LLM requests', profile, value };
}

function writeSample(): string {
  const file = join(folder, 'sample.csv');
  const rows = Array.from({ length: 3000 }, (_, index) => {
    const time = new Date(Date.UTC(2024, 1, 1) + index * 800_000).toISOString();
    return `${time.replace('T', ' ').replace('Z', '0000')},5000,7`;
  });
  writeFileSync(file, ['TIMESTAMP,ContextTokens,GeneratedTokens', ...rows, ''].join('\n'));
  return file;
}

/** As the README has it. It builds first what has changed. */
function demo(...options: string[]): Promise<DemoResult> {
  return resultOf('npm', ['run', '--silent', 'demo', '--'], options);
}

/** The same program, without looking again whether anything is to be built. */
function demoAgain(...options: string[]): Promise<DemoResult> {
  return resultOf(process.execPath, [program], options);
}

async function resultOf(
  command: string,
  words: readonly string[],
  options: readonly string[],
): Promise<DemoResult> {
  const data = options.includes('--data') ? [] : ['--data', folder];
  const all = [...words, '--json', ...data, ...options];
  const { stdout } = await promisify(execFile)(command, all, {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(last) as DemoResult;
}
