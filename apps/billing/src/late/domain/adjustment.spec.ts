import { agreementOf, factAt, feeOf, flat, planOf } from '../../bills/domain/testing/ledger';
import { withAdjustment, type BillingRules } from './adjustment';

const HOUR_MS = 3_600_000;
const month = (number: number, day = 1) => Date.UTC(2024, number, day);
const base = feeOf('base', flat('10'));
const correction = {
  ...{ feeId: base.id, price: flat('20'), note: 'wrong' },
  ...{ effectiveMs: month(4, 3), knownMs: month(6, 4) },
};
const agreement = agreementOf([{ ...planOf('a', base), corrections: [correction] }]);
const ended = agreementOf(
  [planOf('a')],
  factAt(month(6), { kind: 'cancelled', proration: 'none' }),
);
/** Six cycles are closed. */
const progress = { cycle: 6, billedFacts: 1, billedUntilMs: month(6, 2) };
const own: BillingRules = { graceMs: HOUR_MS, adjustCycles: 3, adjustmentBilling: 'own_bill' };
const next: BillingRules = { ...own, adjustmentBilling: 'next_bill' };
const knownMs = month(6, 5);

test.each([
  ['of a closed cycle, on a bill of its own', agreement, own, month(5, 9), knownMs + HOUR_MS],
  ['of a closed cycle, on the next bill', agreement, next, month(5, 9), undefined],
  // A price that was corrected in closed ones waits for the next bill, too.
  ['of the open cycle, when that is closed', agreement, own, month(6, 3), undefined],
  ['of a subscription that has ended, by itself', ended, next, month(5, 9), knownMs + HOUR_MS],
  [
    'that no bill looks at any more, where one has ended long ago',
    ended,
    next,
    month(0),
    undefined,
  ],
] as const)(
  'usage that has changed %s, is billed at the right time',
  (what, of, rules, fromMs, adjustMs) => {
    const billed = what.includes('long ago') ? { ...progress, billedUntilMs: month(12) } : progress;
    const mark = { fromMs, knownMs, version: 1 };
    expect(withAdjustment(of, billed, mark, rules).adjustMs).toBe(adjustMs);
  },
);
