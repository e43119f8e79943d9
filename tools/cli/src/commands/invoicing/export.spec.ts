import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { EXIT } from '../../exit-codes';
import type { JsonObject } from '../../rpc/connection';
import { FakePlatform, beginStream, endStream, sendMessage } from '../../testing/fake-platform';

const ROWS = 10;
/** Says of the call of that number, from 1, after how many rows it breaks off, and how. */
type Ends = (call: number) => readonly [rows: number, how: 'lost' | 'denied'] | undefined;

let platform: FakePlatform;
let requests: JsonObject[];
let ends: Ends;

beforeEach(async () => {
  [requests, ends] = [[], () => undefined];
  platform = new FakePlatform((_method, request, response) => {
    requests.push(request);
    answer(Number(request['cursor'] || 0), ends(requests.length), response);
  });
  await platform.start();
});

afterEach(() => platform.stop());

/** A part for each row after the cursor, which is the number of rows before. */
function answer(after: number, end: ReturnType<Ends>, response: ServerResponse): void {
  beginStream(response);
  for (let row = after + 1; row <= ROWS; row += 1) {
    if (end?.[0] === row - 1) {
      if (end[1] === 'denied') endStream(response, { code: 'unauthenticated', message: 'No key.' });
      // What was written before is sent, and the connection is gone then.
      else response.write('', () => response.destroy());
      return;
    }
    const head = row === 1 ? 'n\r\n' : '';
    const content = Buffer.from(`${head}${row}\r\n`).toString('base64');
    const count = {
      row_count: String(row - after),
      done_count: String(row),
      total_count: `${ROWS}`,
    };
    const part = { content, ...count, cursor: String(row), complete: row === ROWS };
    sendMessage(response, { part });
  }
  endStream(response);
}

const whole = ['n', ...Array.from({ length: ROWS }, (_, index) => index + 1), ''].join('\r\n');

test('an export goes to stdout or into a file, which is there when it is whole', async () => {
  const file = join(platform.folder, 'lines.ndjson');
  const words = ['--from', '2026-01', '--to', '2026-02', '--account', 'acct_1', '--include-test'];
  expect(await platform.run('export', 'invoice-lines', ...words, '--payment-status', 'open')).toBe(
    0,
  );
  expect(await platform.run('export', 'invoice-lines', '--file', file)).toBe(0);
  expect(await platform.run('export', 'credit-entries', '--unit', 'cun_1')).toBe(0);
  expect(requests).toEqual([
    {
      ...{ dataset: 'EXPORT_DATASET_INVOICE_LINES', format: 'EXPORT_FORMAT_CSV', cursor: '' },
      ...{ start_time: '2026-01-01T00:00:00Z', end_time: '2026-02-01T00:00:00Z' },
      ...{ account_id: 'acct_1', payment_statuses: ['open'], include_test: true },
    },
    { dataset: 'EXPORT_DATASET_INVOICE_LINES', format: 'EXPORT_FORMAT_NDJSON', cursor: '' },
    { format: 'EXPORT_FORMAT_CSV', credit_unit_id: 'cun_1', cursor: '' },
  ]);
  expect(platform.printed).toBe(whole + whole);
  expect(readFileSync(file, 'utf8')).toBe(whole);
  expect(readdirSync(platform.folder)).toEqual(['lines.ndjson']);
  expect(platform.told).toContain(`${file}: ${ROWS} rows.`);
});

test('what a dataset does not have is refused before anything is asked', async () => {
  expect(await platform.run('export', 'payments', '--unit', 'cun_1')).toBe(EXIT.usage);
  expect(await platform.run('export', 'nothing')).toBe(EXIT.usage);
  const file = join(platform.folder, 'none', 'payments.csv');
  expect(await platform.run('export', 'payments', '--file', file)).toBe(EXIT.usage);
  expect(platform.told).toContain('Name another place: --file FILE.');
  expect(requests).toEqual([]);
});

test('a connection that is lost goes on by the cursor, without a row twice', async () => {
  ends = (call) => (call <= 3 ? [call * 3 - 2, 'lost'] : undefined);
  expect(await platform.run('export', 'invoices')).toBe(EXIT.ok);
  expect(platform.printed).toBe(whole);
  expect(platform.told).toContain('Waiting for it.');
  expect(platform.told).toContain(`invoices: ${ROWS} rows.`);
});

test('an export that was interrupted goes on when it is run again, and another one begins anew', async () => {
  const file = join(platform.folder, 'invoices.csv');
  const words = ['export', 'invoices', '--file', file];
  ends = (call) => (call === 1 ? [4, 'denied'] : undefined);
  expect(await platform.run(...words)).toBe(EXIT.denied);
  expect(existsSync(file)).toBe(false);
  expect(await platform.run(...words)).toBe(EXIT.ok);
  expect(platform.told).toContain(`${file}: goes on after 4 rows.`);
  expect(readFileSync(file, 'utf8')).toBe(whole);

  ends = (call) => (call === 3 ? [4, 'denied'] : undefined);
  expect(await platform.run(...words)).toBe(EXIT.denied);
  expect(await platform.run(...words, '--account', 'acct_1')).toBe(EXIT.ok);
  expect(requests.map(({ cursor }) => cursor)).toEqual(['', '4', '', '']);
  expect(readFileSync(file, 'utf8')).toBe(whole);
});
