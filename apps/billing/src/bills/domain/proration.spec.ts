import { decimal, decimalText, moneyText } from '@billingrails/money';
import type { Proration } from '../../subscriptions/domain/fact';
import {
  agreementOf,
  factAt,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planRefOf,
  planOf,
} from './testing/ledger';

/**
 * Changes inside January 2024. Rules of the public test suites of other billing systems have the system in front; their
 * figures are in proration-cases.spec.ts. Credits and charges are lines of their own.
 */
const END = Date.UTC(2024, 1, 1) - 1;
const usd = (minorUnits: bigint) => moneyText({ currencyCode: 'USD', minorUnits });

function linesAfter(
  before: Parameters<typeof planOf>[1][],
  after: Parameters<typeof planOf>[1][],
  day: number,
  proration: Proration,
) {
  const plans = [planOf('old', ...before), planOf('new', ...after)];
  const ledger = newLedger();
  const meter = () => ({ eventCount: 0n });
  ledger.bill(agreementOf(plans), Date.UTC(2024, 0, 1), meter);
  const changeMs = Date.UTC(2024, 0, day);
  const fact = { kind: 'plan_changed', ...planRefOf('new'), proration } as const;
  const entries = ledger.bill(agreementOf(plans, factAt(changeMs, fact)), END, meter);
  return entries.flatMap(({ charge, lines }) =>
    lines.map((line) => `${charge.description} ${usd(line.minorUnits)}`),
  );
}

const advance = (name: string, amount: string) => feeOf(name, flat(amount), { inAdvance: true });

test('without proration what recurs stays until the cycle ends', () => {
  expect(linesAfter([advance('old', '10')], [advance('new', '20')], 15, 'none')).toEqual([]);
});

test.each([
  ['2024-01-16T12:00:00Z', 'second', '15.50'],
  ['2024-01-16T12:00:00Z', 'day', '15.00'],
  ['2024-01-16T23:59:59.999Z', 'day', '15.00'],
] as const)(
  'kill bill, lago: cancelled at %s by %s, 31.00 in arrear is %s',
  (time, proration, amount) => {
    const plan = planOf('plan', feeOf('fee', flat('31')));
    const cancelled = factAt(Date.parse(time), { kind: 'cancelled', proration });
    const ledger = newLedger();
    ledger.bill(agreementOf([plan], cancelled), END, () => ({ eventCount: 0n }));
    expect(usd(ledger.total())).toBe(amount);
  },
);

test('openmeter: thirds of a cycle sum exactly to the cycle, where no third is exact', () => {
  const fee = feeOf('seats', perUnit('0.01'), { inAdvance: true, byQuantity: true });
  const plan = planOf('plan', fee);
  const quantity = (count: number, day: number) =>
    factAt(Date.UTC(2024, 0, day), {
      kind: 'quantity_changed',
      quantity: decimal(count),
      proration: 'day',
    });
  // 1 seat, 7 seats for ten days, 1 seat again.
  const agreement = agreementOf([plan], quantity(7, 8), quantity(1, 18));
  const ledger = newLedger();
  const entries = ledger.bill(agreement, END, () => ({ eventCount: 0n }));
  const lines = entries.flatMap((entry) => entry.lines);
  expect(lines).toHaveLength(3);
  const sum = lines.reduce((total, line) => total.add(line.exactAmount), decimal(0n));
  const whole = agreementOf([plan]);
  const single = newLedger().bill(whole, END, () => ({ eventCount: 0n }));
  const [only] = single.flatMap((entry) => entry.lines);
  // Ten of 31 days at six seats more.
  const more = decimal('0.6').divide(decimal(31n), 36, 'half');
  const difference = sum.sub(only?.exactAmount ?? decimal(0n)).sub(more);
  expect(decimalText(difference).replace(/^-/, '').replace(/[0.]/g, '').length).toBeLessThan(2);
  expect(usd(ledger.total())).toBe('0.03');
});
