import { derivedId, type MeterId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { chargeViolations } from '@billingrails/rating';
import type { Discount } from '../../catalogue/domain/discount';
import type { Fact } from '../../subscriptions/domain/fact';
import {
  agreementOf,
  factAt,
  feeIdOf,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planOf,
  planRefOf,
} from './testing/ledger';

const month = (number: number, day = 1) => Date.UTC(2024, number - 1, day);
const off = (cycles: bigint) => ({
  terms: { percentOff: decimal(10n), amountOff: decimal(5n), discountCycles: cycles },
});

/** The lines of all bills until the end of a month, in cents, by the start of their part. */
function billed(agreement: ReturnType<typeof agreementOf>, months: number) {
  const ledger = newLedger();
  const lines = [];
  for (let number = 1; number <= months + 1; number += 1)
    for (const entry of ledger.bill(agreement, month(number), () => ({
      quantity: decimal(100n),
      eventCount: 100n,
    })))
      for (const { part, minorUnits } of entry.lines)
        lines.push([new Date(part.period.startMs).toISOString().slice(0, 10), Number(minorUnits)]);
  return lines;
}

test('the worked example: 10 % and 5.00 off 50.00 for two cycles, then the price', () => {
  const agreement = agreementOf([planOf('plan', feeOf('base', { ...flat('50'), ...off(2n) }))]);
  expect(billed(agreement, 4)).toEqual([
    ['2024-01-01', 4000],
    ['2024-02-01', 4000],
    ['2024-03-01', 5000],
    ['2024-04-01', 5000],
  ]);
});

test('of usage the discount ends with its cycle, and a minimum goes on', () => {
  const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };
  const terms = { ...off(1n).terms, minimum: decimal(60n) };
  const calls = feeOf('calls', { ...perUnit('0.5'), terms }, { meterProfile });
  expect(billed(agreementOf([planOf('plan', calls)]), 2)).toEqual([
    ['2024-01-01', 4900],
    ['2024-02-01', 6000],
  ]);
});

test('of a fee that was made later its cycles count from the one that it was made in', () => {
  const fee = feeOf('extra', { ...flat('50'), ...off(1n) }, { createMs: month(2, 10) });
  const agreement = agreementOf([planOf('plan')], factAt(month(2, 10), { kind: 'fee_added', fee }));
  expect(billed(agreement, 3)).toEqual([
    ['2024-02-01', 4000],
    ['2024-03-01', 5000],
  ]);
});

test('a plan that is changed to has what is left of the cycles, and a change in them has its share', () => {
  const plan = planOf('other', feeOf('other', { ...flat('62'), ...off(2n) }));
  const changed = factAt(month(2, 15), {
    ...{ kind: 'plan_changed', proration: 'day' },
    ...planRefOf('other'),
  });
  const agreement = agreementOf([planOf('plan'), plan], changed);
  // 50.80 for 15 of 29 days.
  expect(billed(agreement, 3)).toEqual([
    ['2024-02-15', 2628],
    ['2024-03-01', 6200],
  ]);
});

test('a corrected price has a discount of its own, or none, from its instant on', () => {
  const base = feeOf('base', { ...flat('31'), ...off(1n) });
  const said = { kind: 'price_corrected', feeId: feeIdOf('base'), note: '' } as const;
  const correction = factAt(month(1, 11), { ...said, price: flat('31') });
  const agreement = agreementOf([planOf('plan', base)], correction);
  // 22.90 for 10 of 31 days, 31.00 for 21.
  expect(billed(agreement, 1)).toEqual([
    ['2024-01-01', 739],
    ['2024-01-11', 2100],
  ]);
});

type Discounts = readonly Discount[];

function discounted(agreement: ReturnType<typeof agreementOf>, discounts: Discounts) {
  const [subscribed, ...rest] = agreement.facts;
  return { ...agreement, facts: [{ ...subscribed, discounts } as Fact, ...rest] };
}

const percent = (percentOff: string, until?: Discount['until']): Discount => ({
  percentOff: decimal(percentOff),
  ...(until === undefined ? {} : { until }),
});

test('the worked example: of a subscription 20 % until 10 March and 10 % for two cycles, one after the other', () => {
  const base = feeOf('base', flat('50'));
  const calls = feeOf('calls', perUnit('0.5'), {
    meterProfile: { meterId: 'mtr_1' as MeterId, profile: 'count' },
  });
  const agreement = discounted(agreementOf([planOf('plan', base, calls)]), [
    percent('20', { kind: 'instant', ms: month(3, 10) }),
    percent('10', { kind: 'cycles', cycles: 2 }),
  ]);
  const lines = [3600, 3600, 4000, 5000].flatMap((cents, index) => {
    const date = `2024-0${index + 1}-01`;
    return [
      [date, cents],
      [date, cents],
    ];
  });
  expect(billed(agreement, 4)).toEqual(lines);
});

test('it comes after what a fee has agreed on for itself, shares are of what it leaves, and the line shows both', () => {
  const base = feeOf('base', { ...flat('62'), ...off(2n) });
  const changed = factAt(month(1, 17), {
    ...{ kind: 'plan_changed', proration: 'day' },
    ...planRefOf('none'),
  });
  const plans = [planOf('plan', base), planOf('none')];
  const agreement = discounted(agreementOf(plans, changed), [percent('50')]);
  // 62.00 − 10 % = 55.80, − 5: 50.80, − 50 %: 25.40, for 16 of 31 days.
  expect(billed(agreement, 1)).toEqual([['2024-01-01', 1311]]);
  const ledger = newLedger();
  const [entry] = ledger.bill(agreement, month(2), () => ({
    quantity: decimal(0),
    eventCount: 0n,
  }));
  expect(entry?.charge.parts[0]?.rated.steps.map(({ kind }) => kind)).toEqual([
    'flat',
    'percentOff',
    'amountOff',
    'percentOff',
  ]);
  const [part] = entry?.charge.parts ?? [];
  expect(part && chargeViolations(part.rated, 'line')).toEqual([]);
});

test('amounts by hand are not let off, and a commitment counts what is left', () => {
  const calls = feeOf('calls', perUnit('0.5'), {
    meterProfile: { meterId: 'mtr_1' as MeterId, profile: 'count' },
  });
  const byHand = factAt(month(1, 5), {
    ...{ kind: 'one_off', description: 'by hand', amount: decimal(7n), billed: 'next' },
    chargeId: derivedId('chg', 'by hand'),
  });
  const commitment = {
    ...{ name: 'Commitment', amount: decimal(60n), cycles: 1 },
    overageFactor: decimal(1n),
  };
  const agreement = agreementOf([{ ...planOf('plan', calls), commitment }], byHand);
  expect(billed(discounted(agreement, [percent('20')]), 1).map(([, cents]) => cents)).toEqual([
    4000, 2000, 700,
  ]);
});
