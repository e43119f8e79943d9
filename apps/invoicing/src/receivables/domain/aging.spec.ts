import { DAY_MS } from '@billingrails/time';
import { postedBill } from '../../testing/posted-bills';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import { agingRows } from './aging';
import {
  isOverdue,
  paymentStatusOf,
  receivableOf,
  uncollectible,
  voided,
  withCredit,
  withPayment,
} from './receivable';

/** 42.61 USD, overdue from 2 December 2026. */
const receivable = receivableOf(finalizeInvoice(buildInvoice(postedBill()), 'INV-1', 0), 1);
const overdueMs = Date.UTC(2026, 11, 2);
const end = { atMs: 0, reason: '' };

test('what is paid, credited and decided about an invoice makes its payment status', () => {
  const status = (...[changed]: [typeof receivable]) => paymentStatusOf(changed);
  expect(receivable).toMatchObject({ due: 4261n, overdueMs });
  expect(status(receivable)).toBe('open');
  expect(status(withPayment(receivable, 1n))).toBe('partly_paid');
  expect(status(withCredit(receivable, 4000n, 4000n))).toBe('partly_paid');
  expect(status(withPayment(withCredit(receivable, 4000n, 4000n), 261n))).toBe('paid');
  expect(status(withPayment(withPayment(receivable, 4261n), -4261n))).toBe('open');
  expect(status(voided(receivable, end))).toBe('void');
  const marked = uncollectible(withPayment(receivable, 1n), end);
  expect(status(marked)).toBe('uncollectible');
  expect(status(withPayment(marked, 4260n))).toBe('paid');
  expect(() => withPayment(receivable, 4262n)).toThrow('paid at most once');
  expect(isOverdue(receivable, overdueMs - 1)).toBe(false);
  expect(isOverdue(receivable, overdueMs)).toBe(true);
  expect(isOverdue(withPayment(receivable, 4261n), overdueMs)).toBe(false);
});

test('what was paid or credited is not made void, what is void not again, and of what is paid nothing is uncollectible', () => {
  for (const changed of [withPayment(receivable, 1n), withCredit(receivable, 1n, 1n)])
    expect(() => voided(changed, end)).toThrow(
      expect.objectContaining({ reason: 'INVOICE_NOT_VOIDABLE' }),
    );
  const isVoid = voided(receivable, end);
  expect(() => voided(isVoid, end)).toThrow(expect.objectContaining({ reason: 'INVOICE_VOID' }));
  expect(() => uncollectible(isVoid, end)).toThrow(
    expect.objectContaining({ reason: 'INVOICE_VOID' }),
  );
  expect(() => uncollectible(withPayment(receivable, 4261n), end)).toThrow(
    expect.objectContaining({ reason: 'NOTHING_OPEN' }),
  );
});

test.each([
  [overdueMs - 1, 0],
  [overdueMs, 1],
  [overdueMs + 30 * DAY_MS - 1, 1],
  [overdueMs + 30 * DAY_MS, 2],
  [overdueMs + 60 * DAY_MS, 3],
  [overdueMs + 90 * DAY_MS - 1, 3],
  [overdueMs + 90 * DAY_MS, 4],
  [overdueMs + 900 * DAY_MS, 4],
])('at %s what is open stands in column %s of the aging list', (nowMs, column) => {
  const [row] = agingRows([receivable], [], nowMs);
  expect(row?.open).toEqual([0, 1, 2, 3, 4].map((place) => (place === column ? 4261n : 0n)));
});

test('the aging list has a row for each account and currency, with its balance, in their order', () => {
  const of = (accountId: string, currencyCode: string, minorUnits: bigint) => ({
    ...{ accountId, currencyCode, minorUnits },
  });
  const balances = [
    of('b', 'USD', 5n),
    of('a', 'USD', -3n),
    of('a', 'EUR', 0n),
    of('a', 'JPY', 7n),
  ];
  const rows = agingRows([receivable, receivable], balances, 0);
  expect(
    rows.map(({ accountId, currencyCode, open, balance }) => [
      accountId,
      currencyCode,
      open[0],
      balance,
    ]),
  ).toEqual([
    ['a', 'JPY', 0n, 7n],
    ['a', 'USD', 0n, -3n],
    ['acct_67890', 'USD', 8522n, 0n],
    ['b', 'USD', 0n, 5n],
  ]);
});
