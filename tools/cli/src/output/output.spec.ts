import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { columnsFrom } from './cells';
import { durationText, lineOf } from './progress';
import { csvText, renderList, renderObject, tableText } from './render';
import { sparkline } from './sparkline';

const invoice = {
  id: 'inv_1',
  status: 'INVOICE_STATUS_DRAFT',
  account_name: 'Ada, "Ltd"',
  total: { currency_code: 'USD', amount: '12.00' },
  period: { start_time: '2026-01-01T00:00:00Z', end_time: '2026-02-01T00:00:00Z' },
  receivable: { payment_status: 'PAYMENT_STATUS_PARTLY_PAID' },
  lines: [{ id: 'line_1', description: 'Calls' }],
};
const view = {
  message: InvoiceSchema,
  columns: ['id', 'status', 'account_name', 'total', 'PAYMENT=receivable.payment_status', 'lines'],
};

const { NO_COLOR } = process.env;

// Whoever runs the tests may want colours: Nx does.
beforeAll(() => void (process.env['NO_COLOR'] = '1'));
afterAll(() => {
  if (NO_COLOR === undefined) delete process.env['NO_COLOR'];
  else process.env['NO_COLOR'] = NO_COLOR;
});

test('a table has the columns, with money, and enums by their words', () => {
  expect(renderList([invoice], 'table', view)).toBe(
    'ID     STATUS  ACCOUNT NAME  TOTAL      PAYMENT      LINES\n' +
      'inv_1  draft   Ada, "Ltd"    12.00 USD  partly paid  1\n',
  );
  expect(renderList([], 'table', view)).toBe('None.\n');
});

test('CSV names columns by their paths and quotes what needs it; without rows it has its head', () => {
  expect(renderList([invoice], 'csv', view)).toBe(
    'id,status,account_name,total,receivable.payment_status,lines\n' +
      'inv_1,draft,"Ada, ""Ltd""",12.00 USD,partly paid,1\n',
  );
  expect(renderList([], 'csv', view)).toMatch(/^id,status/);
  expect(csvText([['a\nb', 'c']])).toBe('"a\nb",c\n');
});

test('JSON and YAML have everything as it was answered', () => {
  expect(JSON.parse(renderList([invoice], 'json', view))).toEqual([invoice]);
  expect(JSON.parse(renderObject(invoice, 'json', view))).toEqual(invoice);
  expect(renderObject({ a: { b: '1' } }, 'yaml', {})).toBe('a:\n  b: "1"\n');
});

test('one thing is a table of its fields, and then of its lists', () => {
  const text = renderObject(invoice, 'table', { message: InvoiceSchema });
  expect(text).toContain('total                      12.00 USD\n');
  expect(text).toContain('receivable.payment_status  partly paid\n');
  expect(text).toContain('\nlines\nID      DESCRIPTION\nline_1  Calls\n');
});

test('what others wrote cannot move the cursor', () => {
  expect(tableText(undefined, [['a\u001b[2Jb\nc', 'd']])).toBe('a·[2Jb·c  d\n');
});

test('heads are the last words of paths, or as they are given', () => {
  expect(columnsFrom(['issue_time', 'DUE=amount_due'])).toEqual([
    { head: 'ISSUE', path: 'issue_time' },
    { head: 'DUE', path: 'amount_due' },
  ]);
});

test.each([
  [['0', '1', '2', '4'], '▁▃▅█'],
  [['0', '0'], '▁▁'],
  [['', '5'], ' █'],
  [['-5', '5'], '▁█'],
  [[], ''],
])('%j as bars: %s', (values, expected) => {
  expect(sparkline(values)).toBe(expected);
});

test('progress tells how far it is, the rate and the time left', () => {
  expect(lineOf('usage.csv: ', 3_600, 'events', 0.41, 3_000)).toBe(
    'usage.csv: 41%  3,600 events  1,200/s  5 s left',
  );
  expect(lineOf('stdin: ', 10, 'events', undefined, 1_000)).toBe('stdin:  10 events  10/s');
  expect([0.2, 61, 3_700].map(durationText)).toEqual(['1 s', '1 min 1 s', '1 h 1 min']);
});
