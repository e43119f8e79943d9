import { derivedId } from '@billingrails/ids';
import { moneyText } from '@billingrails/money';
import type { PostedBill } from '../../intake/domain/posted-bill';
import { account, flatCharge, OCTOBER, postedBill } from '../../testing/posted-bills';
import { buildInvoice, buildJointInvoice } from './build-invoice';
import { linesOf, periodOf } from './invoice';

const jointId = derivedId('jnt', 'one');
const weekMs = 7 * 86_400_000;

const own = postedBill({ lines: [flatCharge('Platform', '20.00')] });
const week = { startMs: OCTOBER.endMs - weekMs, endMs: OCTOBER.endMs + weekMs };
const other = postedBill({
  billId: derivedId('bill', 'two'),
  subscriptionId: derivedId('sub', 'two'),
  planName: 'Support',
  period: week,
  lines: [flatCharge('Support', '0.005'), flatCharge('Calls', '0.005')],
});
const child = postedBill({
  billId: derivedId('bill', 'three'),
  subscriptionId: derivedId('sub', 'three'),
  accountId: account('child'),
  accountName: 'Child',
  payer: { accountId: own.accountId, accountName: own.accountName },
  lines: [],
});

test('bills that are invoiced together are one invoice with a section for each, in their order', () => {
  const invoice = buildJointInvoice({ jointId, bills: [own, other, child] });
  expect(invoice).toMatchObject({ accountId: own.accountId, accountName: own.accountName });
  expect(
    invoice.sections.map(({ accountId, planName, billId, lines, total }) => [
      ...[accountId, planName, billId, lines.length, moneyText(total)],
    ]),
  ).toEqual([
    [own.accountId, 'LLM', own.billId, 1, '20.00'],
    [own.accountId, 'Support', other.billId, 2, '0.02'],
    ['child', 'LLM', child.billId, 0, '0.00'],
  ]);
  expect(moneyText(invoice.total)).toBe('20.02');
  expect(linesOf(invoice).map(({ description }) => description)).toEqual([
    'Platform',
    'Support',
    'Calls',
  ]);
  expect(periodOf(invoice)).toEqual({ startMs: OCTOBER.startMs, endMs: week.endMs });
  expect(invoice.id).not.toBe(buildInvoice(own).id);
});

test('a bill of an account that another pays for is owed by that one', () => {
  const invoice = buildInvoice(child);
  expect(invoice.accountId).toBe(own.accountId);
  expect(invoice.sections).toMatchObject([{ accountId: 'child', accountName: 'Child' }]);
});

test.each<[string, Partial<PostedBill>, string]>([
  ['another payer', { payer: { accountId: account('x'), accountName: '' } }, 'payer_account_id'],
  ['another currency', { currencyCode: 'EUR' }, 'currency_code'],
  ['another date', { dueMs: own.dueMs + 1 }, 'due_time'],
  ['another organisation', { organisationId: derivedId('org', 'x') }, 'organisation_id'],
])('a bill of %s is refused together with others', (_, changes, field) => {
  expect(() => buildJointInvoice({ jointId, bills: [own, { ...other, ...changes }] })).toThrow(
    expect.objectContaining({
      reason: 'BROKEN_BILL',
      violations: [expect.objectContaining({ field: `bills[1].${field}` })],
    }),
  );
});
