import { decimal } from '@billingrails/money';
import { agreementOf, factAt, planOf } from './testing/ledger';
import { firstCycleOf } from './look-back';

const month = (number: number, day = 1) => Date.UTC(2024, number, day);
const agreement = agreementOf([planOf('a')]);
/** Six cycles are closed, all facts are known. */
const progress = { cycle: 6, billedFacts: 1 };
const look = { untilMs: month(6, 10), graceMs: 0, adjustCycles: 3 };

test.each([
  ['nothing has changed', undefined, 6],
  ['the running cycle has changed', month(6, 5), 6],
  ['the last instant of the cycle before has changed', month(6) - 1, 5],
  ['the earliest that can be adjusted has changed', month(3), 3],
  ['an older one has changed', month(3) - 1, 3],
  ['something before the subscription has changed', month(-5), 3],
])('where %s, the right cycle is the first', (_what, changedMs, first) => {
  const changed = changedMs === undefined ? {} : { changedMs };
  expect(firstCycleOf(agreement, progress, { ...look, ...changed })).toBe(first);
});

test('a fact that the last bill did not know is looked at from when on it counts', () => {
  const content = { kind: 'quantity_changed', quantity: decimal(2n), proration: 'none' } as const;
  const late = agreementOf([planOf('a')], factAt(month(4, 3), content, month(6, 3)));
  expect(firstCycleOf(late, progress, look)).toBe(4);
  expect(firstCycleOf(late, { ...progress, billedFacts: 2 }, look)).toBe(6);
});

test('of a subscription that has ended windows go on closing, as if its cycles went on', () => {
  const ended = agreementOf(
    [planOf('a')],
    factAt(month(6), { kind: 'cancelled', proration: 'none' }),
  );
  const at = (untilMs: number) =>
    firstCycleOf(ended, progress, { ...look, untilMs, changedMs: month(0) });
  expect([at(month(6)), at(month(8)), at(month(12))]).toEqual([3, 5, 6]);
});
