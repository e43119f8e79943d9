import { DomainError } from '@billingrails/errors';
import { decimal, moneyText } from '@billingrails/money';
import type { Group } from '@billingrails/rating';
import * as fc from 'fast-check';
import { postedBill, flatCharge, llmCharges, usageCharge } from '../../testing/posted-bills';
import { buildInvoice } from './build-invoice';
import { linesOf } from './invoice';
import type { PostedBill, PostedLine } from '../../intake/domain/posted-bill';

/** The invoice with its lines. */
function made(bill: PostedBill) {
  const invoice = buildInvoice(bill);
  return { ...invoice, lines: linesOf(invoice) };
}

test('a closed period gives one line for each charge, in order, with all it was computed from', () => {
  const invoice = made(postedBill());
  expect(invoice.lines.map(({ description, amount }) => [description, moneyText(amount)])).toEqual([
    ['Platform', '20.00'],
    ['Prompt tokens', '20.15'],
    ['Generated tokens', '2.46'],
  ]);
  expect(moneyText(invoice.total)).toBe('42.61');
  invoice.lines.forEach((line, index) => {
    const { id: _id, minorUnits: _minorUnits, ...content } = present(llmCharges()[index]);
    expect(line).toMatchObject(content);
  });
  expect(invoice).toMatchObject({ status: 'draft', issueMs: Date.UTC(2026, 10, 1) });
});

test('the same period gives the same invoice, another period or organisation another', () => {
  const { id } = made(postedBill());
  expect(made(postedBill())).toEqual(made(postedBill()));
  expect(made(postedBill({ billId: 'bill_other' })).id).not.toBe(id);
  expect(made(postedBill({ organisationId: 'org_other' })).id).not.toBe(id);
});

test.each([
  ['USD', '0.005', '0.01'],
  ['USD', '-0.005', '-0.01'],
  ['USD', '0.00499999', '0.00'],
  ['USD', '-0.0049', '0.00'],
  ['JPY', '299.5', '300'],
  ['JPY', '-299.5', '-300'],
  ['JPY', '299.499999999999999999', '299'],
  ['KWD', '1.0005', '1.001'],
  ['KWD', '-1.0005', '-1.001'],
  ['KWD', '1.00049', '1.000'],
])('a line of %s %s is rounded half away from zero to %s', (currencyCode, exact, rounded) => {
  const charges = [flatCharge('Fee', exact)];
  const { lines, total } = made(postedBill({ currencyCode, lines: charges }));
  expect(lines.map(({ amount }) => moneyText(amount))).toEqual([rounded]);
  expect(moneyText(total)).toBe(rounded);
});

test('each line is rounded, never their sum: three times 0.005 USD is 0.03 USD', () => {
  const charges = ['a', 'b', 'c'].map((name) => flatCharge(name, '0.005'));
  expect(moneyText(made(postedBill({ lines: charges })).total)).toBe('0.03');
});

test('each group of a fee is a line of its own, rounded by itself, with an id of its own', () => {
  const calls = usageCharge('Calls', { tiers: [{ quantity: '1', unitAmount: '0.005' }] });
  const groups: (Group | undefined)[] = [undefined, ['eu', 5], ['eu', '5'], [null], 'other'];
  const charges = groups.map((group) => ({ ...calls, ...(group === undefined ? {} : { group }) }));
  const { lines, total } = made(postedBill({ lines: charges }));
  expect(lines.map(({ group }) => group)).toEqual(groups);
  expect(new Set(lines.map(({ id }) => id)).size).toBe(groups.length);
  expect(moneyText(total)).toBe('0.05');
});

test('a period without charges gives an invoice of nothing', () => {
  const invoice = made(postedBill({ lines: [], currencyCode: 'JPY' }));
  expect(invoice.lines).toEqual([]);
  expect(moneyText(invoice.total)).toBe('0');
});

test('the total is always the sum of the lines, and no line is further than half a minor unit from exact', () => {
  const digits = { USD: 2, JPY: 0, KWD: 3 } as const;
  const currency = fc.constantFrom('USD', 'JPY', 'KWD' as const);
  const amounts = fc.array(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), { maxLength: 12 });
  fc.assert(
    fc.property(currency, amounts, (currencyCode, nanos) => {
      const charges = nanos.map((nano, index) => flatCharge(`fee ${index}`, nanoText(nano)));
      const { lines, total } = made(postedBill({ currencyCode, lines: charges }));
      const unit = 10n ** BigInt(9 - digits[currencyCode]);
      lines.forEach(({ amount }, index) => {
        const off = amount.minorUnits * unit - (nanos[index] ?? 0n);
        expect((off < 0n ? -off : off) * 2n <= unit).toBe(true);
      });
      expect(total.minorUnits).toBe(lines.reduce((sum, { amount }) => sum + amount.minorUnits, 0n));
    }),
  );
});

const usage = usageCharge('Calls', {
  tiers: [
    { upTo: '10', quantity: '10', unitAmount: '1' },
    { above: '10', quantity: '5', unitAmount: '0.5', flatAmount: '2' },
  ],
});
const [firstStep, secondStep] = usage.steps;
const broken: [string, Partial<PostedBill>, string[]][] = [
  [
    'an amount its steps do not sum to',
    charged({ exactAmount: decimal('14.51') }),
    ['lines[0].exact_amount'],
  ],
  [
    'a quantity its steps do not sum to',
    charged({ quantity: decimal('16') }),
    ['lines[0].quantity'],
  ],
  [
    'no steps',
    charged({ steps: [] }),
    ['lines[0].amount', 'lines[0].quantity', 'lines[0].exact_amount'],
  ],
  [
    'a step that does not compute',
    charged({ steps: [{ ...present(firstStep), amount: decimal('10.5') }, present(secondStep)] }),
    ['lines[0].steps[0].amount', 'lines[0].exact_amount'],
  ],
  ['an unknown currency', { currencyCode: 'XYZ' }, ['currency_code']],
  ['an unknown time zone', { timeZone: 'Mars/Olympus' }, ['time_zone']],
  ['a period that ends at its start', { period: { startMs: 5, endMs: 5 } }, ['period']],
  [
    'a period of a line that ends before its start',
    charged({ period: { startMs: 5, endMs: 4 } }),
    ['lines[0].period'],
  ],
  [
    'a negative number of events',
    charged({ usage: { ...present(usage.usage), eventCount: -1n } }),
    ['lines[0].event_count'],
  ],
  ['a line that stands twice', { lines: [usage, usage] }, ['lines[1].id']],
  [
    'a share that lies outside its cycle',
    charged({ share: { from: { part: 0n, whole: 31n }, until: { part: 32n, whole: 31n } } }),
    ['lines[0].share'],
  ],
  [
    'a share that does not compute',
    charged({ share: { from: { part: 0n, whole: 2n }, until: { part: 1n, whole: 2n } } }),
    ['lines[0].exact_amount'],
  ],
  ['a credit that does not compute', charged({ credited: true }), ['lines[0].exact_amount']],
  [
    'what was billed before and is not taken off',
    charged({ billedAmount: decimal('1') }),
    ['lines[0].exact_amount'],
  ],
];

test.each(broken)('%s gives no invoice, and names every fault', (_, changes, fields) => {
  const error = thrownBy(() => made(postedBill(changes)));
  expect(error).toMatchObject({ kind: 'invalid', reason: 'BROKEN_BILL' });
  expect(error.violations.map(({ field }) => field)).toEqual(fields);
});

test('an amount further than a minor unit from the exact one gives no invoice', () => {
  const bill = postedBill({ lines: [usage] });
  const [line] = bill.lines;
  const off = (minorUnits: bigint) => ({ ...bill, lines: [{ ...present(line), minorUnits }] });
  expect(() => made(off(1600n))).toThrow('cannot be invoiced');
  expect(moneyText(made(off(1450n)).total)).toBe('14.50');
});

test('the same fee may stand on an invoice more than once: two cycles, a credit and a charge', () => {
  const fee = flatCharge('Platform', '31');
  const half = { from: { part: 0n, whole: 31n }, until: { part: 16n, whole: 31n } };
  const credit = { ...fee, kind: 'adjustment', reason: 'plan_changed', credited: true } as const;
  const lines = [
    fee,
    { ...credit, description: 'Platform, back', share: half, exactAmount: decimal('-16') },
  ];
  const invoice = made(postedBill({ lines }));
  expect(invoice.lines.map(({ amount }) => moneyText(amount))).toEqual(['31.00', '-16.00']);
  expect(moneyText(invoice.total)).toBe('15.00');
});

function charged(changes: Partial<PostedLine>): Partial<PostedBill> {
  return { lines: [{ ...usage, ...changes }] };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The test has no such thing.');
  return value;
}

function thrownBy(act: () => unknown): DomainError {
  try {
    act();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

function nanoText(nano: bigint): string {
  const digits = (nano < 0n ? -nano : nano).toString().padStart(10, '0');
  return `${nano < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
