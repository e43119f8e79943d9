import type { MeterId } from '@billingrails/ids';
import { decimal, moneyText } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { Fact } from '../../../subscriptions/domain/fact';
import { remainingFees } from './early-termination';
import {
  agreementOf,
  factAt,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planOf,
  planRefOf,
  type Meter,
} from '../testing/ledger';

const DAY = 86_400_000;
const at = (text: string) => Date.parse(`${text}T00:00:00Z`);
const TERM_END = at('2024-07-01');
const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };
const plans = [
  planOf(
    'small',
    feeOf('base', flat('10'), { inAdvance: true }),
    feeOf('support', flat('3.33')),
    feeOf('seats', perUnit('1.07'), { inAdvance: true, byQuantity: true }),
    feeOf('calls', perUnit('0.01'), { meterProfile }),
  ),
  planOf('large', feeOf('large base', flat('25.99'), { inAdvance: true })),
];
/** An event a day. */
const meter: Meter = ({ period: { startMs, endMs } }) => {
  const events = BigInt(Math.ceil(endMs / DAY) - Math.ceil(startMs / DAY));
  return { quantity: decimal(events), eventCount: events };
};
/** No usage, where only what recurs is compared. */
const idle: Meter = () => ({ quantity: decimal(0n), eventCount: 0n });

const proration = fc.constantFrom('second' as const, 'day' as const, 'none' as const);
const instant = fc
  .integer({ min: 1, max: 180 * 24 })
  .map((hours) => at('2024-01-01') + hours * 3_600_000);
const changed = fc
  .record({ ms: instant, proration, quantity: fc.integer({ min: 0, max: 9 }), large: fc.boolean() })
  .map(({ ms, quantity, large, proration: by }): Fact =>
    large
      ? factAt(ms, { kind: 'plan_changed', ...planRefOf('large'), proration: by })
      : factAt(ms, {
          kind: 'quantity_changed',
          quantity: decimal(BigInt(quantity)),
          proration: by,
        }),
  );

test('with the remaining fees the sum is that of the whole term, whatever changed before, is given back or was billed', () => {
  fc.assert(
    fc.property(
      ...[
        fc.array(changed, { maxLength: 3 }),
        instant,
        proration,
        fc.array(instant, { maxLength: 4 }),
      ],
      (changes, endMs, refund, billedMs) => {
        const agreed = agreementOf(plans, ...changes);
        const end = { endMs, proration: refund, termEndMs: TERM_END };
        const money = remainingFees(agreed, end);
        const fee = { chargeId: 'chg_1', amount: decimal(moneyText(money)) } as const;
        const ended = agreementOf(
          plans,
          ...changes,
          factAt(endMs, { kind: 'cancelled', proration: refund, fee }),
        );
        const stayed = agreementOf(
          plans,
          ...changes,
          factAt(TERM_END, { kind: 'cancelled', proration: 'day' }),
        );
        const [early, whole] = [newLedger(), newLedger()];
        // Before the end nobody knew of it.
        for (const ms of [...billedMs].sort((a, b) => a - b))
          early.bill(ms < endMs ? agreed : ended, ms, idle);
        early.bill(ended, TERM_END, idle);
        whole.bill(stayed, TERM_END, idle);
        expect(early.total()).toBe(whole.total());
        // It is a charge of the last cycle, and billed again nothing.
        expect(early.bill(ended, TERM_END + 400 * DAY, idle)).toEqual([]);
      },
    ),
    { numRuns: howMany(25, 300) },
  );
});

test('a worked example: 10.00 in advance and 3.33 in arrear, from January until July, ended on 11 March by days', () => {
  const agreed = agreementOf(plans);
  const end = { endMs: at('2024-03-11'), proration: 'day', termEndMs: TERM_END } as const;
  // Of March 21 of 31 days: 6.77, 2.26 and 0.72 (1.07 a seat); then three months of 14.40: 9.75 and 43.20.
  expect(moneyText(remainingFees(agreed, end))).toBe('52.95');
  // Another early end that was said makes it no less.
  const sooner = factAt(at('2024-02-01'), { kind: 'cancelled', proration: 'day' });
  expect(moneyText(remainingFees(agreementOf(plans, sooner), end))).toBe('52.95');
});

test('what has been used is charged as it was, and the fee once, when it ends', () => {
  const endMs = at('2024-03-11');
  const fee = { chargeId: 'chg_1', amount: decimal('50') } as const;
  const ended = agreementOf(plans, factAt(endMs, { kind: 'cancelled', proration: 'none', fee }));
  const ledger = newLedger();
  ledger.bill(ended, endMs - 1, meter);
  const entries = ledger.bill(ended, endMs, meter);
  const told = entries.flatMap(({ charge, lines }) =>
    lines.map(({ kind, minorUnits }) => `${charge.description} ${kind} ${minorUnits}`),
  );
  expect(told).toEqual([
    'support recurring 333',
    'calls usage 10',
    'Early termination one_off 5000',
  ]);
  expect(ledger.bill(ended, endMs, meter)).toEqual([]);
});
