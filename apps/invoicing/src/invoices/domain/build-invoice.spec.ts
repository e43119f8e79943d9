import { DomainError } from '@billingrails/errors';
import { decimal, moneyText } from '@billingrails/money';
import type { Group } from '@billingrails/rating';
import * as fc from 'fast-check';
import {
  closedPeriod,
  flatCharge,
  llmCharges,
  usageCharge,
} from '../../test-support/closed-periods';
import { buildInvoice } from './build-invoice';
import type { Charge, ClosedPeriod } from '../../intake/domain/closed-period';

test('a closed period gives one line for each charge, in order, with all it was computed from', () => {
  const invoice = buildInvoice(closedPeriod());
  expect(invoice.lines.map(({ description, amount }) => [description, moneyText(amount)])).toEqual([
    ['Platform', '20.00'],
    ['Prompt tokens', '20.15'],
    ['Generated tokens', '2.46'],
  ]);
  expect(moneyText(invoice.total)).toBe('42.61');
  invoice.lines.forEach((line, index) => expect(line).toMatchObject(llmCharges()[index] ?? {}));
  expect(invoice).toMatchObject({ status: 'draft', issueMs: Date.UTC(2026, 10, 1) });
});

test('the same period gives the same invoice, another period or organisation another', () => {
  const { id } = buildInvoice(closedPeriod());
  expect(buildInvoice(closedPeriod())).toEqual(buildInvoice(closedPeriod()));
  expect(buildInvoice(closedPeriod({ billingPeriodId: 'per_other' })).id).not.toBe(id);
  expect(buildInvoice(closedPeriod({ organisationId: 'org_other' })).id).not.toBe(id);
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
  const { lines, total } = buildInvoice(closedPeriod({ currencyCode, charges }));
  expect(lines.map(({ amount }) => moneyText(amount))).toEqual([rounded]);
  expect(moneyText(total)).toBe(rounded);
});

test('each line is rounded, never their sum: three times 0.005 USD is 0.03 USD', () => {
  const charges = ['a', 'b', 'c'].map((name) => flatCharge(name, '0.005'));
  expect(moneyText(buildInvoice(closedPeriod({ charges })).total)).toBe('0.03');
});

test('each group of a fee is a line of its own, rounded by itself, with an id of its own', () => {
  const calls = usageCharge('Calls', { tiers: [{ quantity: '1', unitAmount: '0.005' }] });
  const groups: (Group | undefined)[] = [undefined, ['eu', 5], ['eu', '5'], [null], 'other'];
  const charges = groups.map((group) => ({ ...calls, ...(group === undefined ? {} : { group }) }));
  const { lines, total } = buildInvoice(closedPeriod({ charges }));
  expect(lines.map(({ group }) => group)).toEqual(groups);
  expect(new Set(lines.map(({ id }) => id)).size).toBe(groups.length);
  expect(moneyText(total)).toBe('0.05');
});

test('a period without charges gives an invoice of nothing', () => {
  const invoice = buildInvoice(closedPeriod({ charges: [], currencyCode: 'JPY' }));
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
      const { lines, total } = buildInvoice(closedPeriod({ currencyCode, charges }));
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
const broken: [string, Partial<ClosedPeriod>, string[]][] = [
  [
    'an amount its steps do not sum to',
    charged({ exactAmount: decimal('14.51') }),
    ['charges[0].amount'],
  ],
  [
    'a quantity its steps do not sum to',
    charged({ quantity: decimal('16') }),
    ['charges[0].quantity'],
  ],
  ['no steps', charged({ steps: [] }), ['charges[0].amount', 'charges[0].quantity']],
  [
    'a step that does not compute',
    charged({ steps: [{ ...present(firstStep), amount: decimal('10.5') }, present(secondStep)] }),
    ['charges[0].steps[0].amount', 'charges[0].amount'],
  ],
  ['an unknown currency', { currencyCode: 'XYZ' }, ['currency_code']],
  ['an unknown time zone', { timeZone: 'Mars/Olympus' }, ['time_zone']],
  ['a period that ends at its start', { period: { startMs: 5, endMs: 5 } }, ['period']],
  [
    'a usage period that ends before its start',
    charged({ usage: { ...present(usage.usage), period: { startMs: 5, endMs: 4 } } }),
    ['charges[0].usage_period'],
  ],
  [
    'a negative number of events',
    charged({ usage: { ...present(usage.usage), eventCount: -1n } }),
    ['charges[0].event_count'],
  ],
  ['a fee charged twice', { charges: [usage, usage] }, ['charges[1].fee_id']],
  [
    'a group of a fee charged twice',
    { charges: [usage, { ...usage, group: ['eu'] }, { ...usage, group: ['eu'] }] },
    ['charges[2].fee_id'],
  ],
];

test('groups of other group_by paths have lines of their own, also where they read alike', () => {
  const ofPaths = (groupVersion: number): Charge => ({
    ...usage,
    group: ['eu'],
    usage: { ...present(usage.usage), groupVersion },
  });
  const { lines } = buildInvoice(closedPeriod({ charges: [ofPaths(1), ofPaths(2)] }));
  expect(new Set(lines.map(({ id }) => id)).size).toBe(2);
});

test.each(broken)('%s gives no invoice, and names every fault', (_, changes, fields) => {
  const error = thrownBy(() => buildInvoice(closedPeriod(changes)));
  expect(error).toMatchObject({ kind: 'invalid', reason: 'BROKEN_BILLING_PERIOD' });
  expect(error.violations.map(({ field }) => field)).toEqual(fields);
});

function charged(changes: Partial<Charge>): Partial<ClosedPeriod> {
  return { charges: [{ ...usage, ...changes }] };
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
