import type { MeterId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import {
  agreementOf,
  factAt,
  feeIdOf,
  feeOf,
  newLedger,
  perUnit,
  planOf,
  type Meter,
} from './testing/ledger';

const month = (number: number, day = 1) => Date.UTC(2024, number - 1, day);
const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };

interface Rolling {
  readonly included: number;
  readonly cycles: number;
  readonly most?: number | undefined;
}

/** A call costs 1.00. */
function agreed({ included, cycles, most }: Rolling) {
  const terms = {
    includedUnits: decimal(included),
    rolloverCycles: BigInt(cycles),
    ...(most === undefined ? {} : { rolloverMaximum: decimal(most) }),
  };
  return agreementOf([
    planOf('plan', feeOf('calls', { ...perUnit('1'), terms }, { meterProfile })),
  ]);
}

/** So much is used in each month. */
const metered =
  (used: readonly number[]): Meter =>
  ({ period }) => {
    const quantity = used[new Date(period.startMs).getUTCMonth()] ?? 0;
    return { quantity: decimal(quantity), eventCount: BigInt(quantity) };
  };

/** What the last month comes to, in whole units of the currency, with what could be used of earlier ones. */
function cycleOf(ledger: ReturnType<typeof newLedger>, cycle: number) {
  const charges = [...ledger.posted.values()].filter(({ charge }) => charge.cycle === cycle);
  const [posted] = charges;
  const step = posted?.charge.parts[0]?.rated.steps.find(({ kind }) => kind === 'rolledOver');
  const carried = step?.kind === 'rolledOver' ? step.carried : [];
  return [
    Number(posted?.roundedMinorUnits) / 100,
    ...carried.map((each) => `${each.cycle}: ${decimalText(each.units)}`),
  ];
}

/** What each month comes to that is billed when it has ended. */
function billed(rolling: Rolling, used: readonly number[]) {
  const ledger = newLedger();
  for (let number = 2; number <= used.length + 1; number += 1)
    ledger.bill(agreed(rolling), month(number), metered(used));
  return used.map((_, cycle) => cycleOf(ledger, cycle));
}

test('the worked example: 100 included, living for two cycles, at most 80 carried', () => {
  expect(billed({ included: 100, cycles: 2, most: 80 }, [0, 90, 200])).toEqual([
    [0],
    [0, '0: 80'],
    [20, '1: 80'],
  ]);
});

test('the oldest are used first, and lost first; what has lived its cycles is lost', () => {
  expect(billed({ included: 10, cycles: 2, most: 12 }, [4, 10, 0, 0, 30])).toEqual([
    [0],
    [0, '0: 6'],
    [0, '1: 6'],
    [0, '1: 2', '2: 10'],
    [8, '2: 2', '3: 10'],
  ]);
  expect(billed({ included: 10, cycles: 1 }, [4, 10, 0, 0, 30])).toEqual([
    [0],
    [0, '0: 6'],
    [0, '1: 6'],
    [0, '2: 10'],
    [10, '3: 10'],
  ]);
});

test('each part of a cycle that a correction cuts includes its units anew, and uses what is left of those carried', () => {
  const agreement = agreed({ included: 10, cycles: 1 });
  const [fee] = [...agreement.plans.values()].flatMap((plan) => plan.fees);
  const corrected = factAt(month(2, 11), {
    ...{ kind: 'price_corrected', feeId: feeIdOf('calls'), note: '' },
    price: { kind: 'perUnit', unitAmount: decimal(2), terms: fee?.price.terms ?? {} },
  });
  const ledger = newLedger();
  const usedIn: Meter = ({ period: { startMs } }) => {
    const quantity = startMs < month(2) ? 4 : startMs === month(2) ? 3 : 20;
    return { quantity: decimal(quantity), eventCount: BigInt(quantity) };
  };
  for (const number of [2, 3])
    ledger.bill({ ...agreement, facts: [...agreement.facts, corrected] }, month(number), usedIn);
  // 3 of the 6 of January, then the other 3 and 10 of its own: 7 at 2.00.
  expect(cycleOf(ledger, 1)).toEqual([14, '0: 6']);
});

test('what came late is used of what was included then, and what was carried from there follows, each billed once', () => {
  const ledger = newLedger();
  const agreement = agreed({ included: 10, cycles: 1 });
  for (const number of [2, 3]) ledger.bill(agreement, month(number), metered([4, 16]));
  expect(ledger.total()).toBe(0n);
  const late = metered([7, 16]);
  const lines = ledger.bill(agreement, month(3, 2), late).flatMap((entry) => entry.lines);
  expect(lines.map(({ kind, reason, minorUnits }) => [kind, reason, minorUnits])).toEqual([
    // It costs nothing, and leaves less for February.
    ['adjustment', 'late_usage', 0n],
    ['adjustment', 'changed_usage', 300n],
  ]);
  expect(ledger.bill(agreement, month(3, 2), late)).toEqual([]);
});

/** Unit by unit: what each month comes to. */
function counted({ included, cycles, most = Infinity }: Rolling, used: readonly number[]) {
  let units: number[] = [];
  return used.map((calls, cycle) => {
    // A unit is told by the cycle that included it: the oldest come first.
    units = units.filter((from) => from >= cycle - cycles).sort((a, b) => a - b);
    while (units.length > most) units.shift();
    const own = new Array<number>(included).fill(cycle);
    let beyond = 0;
    const all = [...units, ...own];
    for (let call = 0; call < calls; call += 1) if (all.shift() === undefined) beyond += 1;
    units = all;
    return beyond;
  });
}

test('whatever is used, however late it is told and however often it was billed, each cycle comes to what counting units comes to', () => {
  const rolling = fc.record({
    included: fc.integer({ min: 0, max: 5 }),
    cycles: fc.integer({ min: 1, max: 3 }),
    most: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  });
  const calls = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(rolling, calls, fc.array(calls, { maxLength: 5 }), (terms, used, before) => {
      const ledger = newLedger();
      for (const [index, told] of before.entries())
        ledger.bill(agreed(terms), month(index + 2), metered(told));
      const shown = ledger.preview(agreed(terms), month(6), metered(used));
      expect(ledger.bill(agreed(terms), month(6), metered(used))).toEqual(shown);
      expect(used.map((_, cycle) => cycleOf(ledger, cycle)[0])).toEqual(counted(terms, used));
      expect(ledger.bill(agreed(terms), month(6), metered(used))).toEqual([]);
    }),
    { numRuns: howMany(60, 1000) },
  );
});
