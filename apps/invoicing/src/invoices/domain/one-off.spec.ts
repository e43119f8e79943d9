import { decimal, decimalText } from '@billingrails/money';
import { derivedId } from '@billingrails/ids';
import { checkPostedBill } from '../../intake/domain/check-posted-bill';
import { account, organisation } from '../../testing/posted-bills';
import { oneOffOf, type OneOff, type OneOffLine } from './one-off';

const ISSUE_MS = Date.parse('2026-11-01T23:30:00Z');
const OF = {
  id: derivedId('inv', 'one-off'),
  organisationId: organisation('acme'),
  account: { accountId: account('acct_1'), accountName: 'Ada Ltd' },
  issueMs: ISSUE_MS,
};

function asked(line: Partial<OneOffLine> = {}, rest: Partial<OneOff> = {}): OneOff {
  const plain = { description: 'Workshop', quantity: decimal('2'), unit: 'day' };
  return {
    ...{ currencyCode: 'USD', timeZone: 'UTC' },
    lines: [{ ...plain, unitAmount: decimal('450'), ...line }],
    ...rest,
  };
}

test.each([
  ['quantity × unit amount', {}, '900', 90_000n],
  ['rounded once', { quantity: decimal('3'), unitAmount: decimal('0.335') }, '1.005', 101n],
  ['less a percentage', { percentOff: decimal('10') }, '810', 81_000n],
  ['less an amount', { amountOff: decimal('50.5') }, '849.5', 84_950n],
  ['the percentage first', { percentOff: decimal('10'), amountOff: decimal('10') }, '800', 80_000n],
  ['never below nothing', { amountOff: decimal('1000') }, '0', 0n],
])('a line is %s, and its arithmetic holds as that of a bill does', (_what, line, exact, minor) => {
  const billed = oneOffOf(asked(line), OF);
  const [only] = billed.lines;
  expect([decimalText(only?.exactAmount ?? decimal(0n)), only?.minorUnits]).toEqual([exact, minor]);
  checkPostedBill(billed);
});

test('it is for the day of its date in its time zone, where nothing else is said', () => {
  const berlin = oneOffOf(asked({}, { timeZone: 'Europe/Berlin' }), OF);
  expect(berlin.period).toEqual({
    startMs: Date.parse('2026-11-01T23:00:00Z'),
    endMs: Date.parse('2026-11-02T23:00:00Z'),
  });
  const period = { startMs: Date.UTC(2026, 9, 1), endMs: Date.UTC(2026, 10, 1) };
  expect(oneOffOf(asked({}, { period }), OF).period).toEqual(period);
});

test('every fault is named by its field in the request', () => {
  const wrong = asked(
    { unitAmount: decimal('-1'), percentOff: decimal('101') },
    { currencyCode: 'XXX1', timeZone: 'Mars', period: { startMs: 1, endMs: 1 } },
  );
  expect(thrownBy(() => oneOffOf(wrong, OF))).toMatchObject({
    reason: 'INVOICE_INVALID',
    violations: [
      { field: 'currency_code' },
      { field: 'time_zone' },
      { field: 'period.end_time' },
      { field: 'lines[0].unit_amount' },
      { field: 'lines[0].percent_off' },
    ],
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
