import { derivedId, type MeterId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { priceViolations, rate, type Price } from '@billingrails/rating';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { Commitment } from '../../catalogue/domain/commitment';
import type { Fact } from '../../subscriptions/domain/fact';
import { entriesOf, type Entry, type Posted } from './bill';
import { exactAmount, type Charge } from './charge';
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

const RUNS = { numRuns: howMany(30, 1_000) };
const CYCLES = 3;
const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };
const day = (date: number, month = 1) => Date.UTC(2024, month - 1, date);
const END = day(1, CYCLES + 1);

/** An event that becomes known when it happens, and is taken back later, or never. */
interface Used {
  readonly atMs: number;
  readonly backMs: number;
}

const metered =
  (events: readonly Used[], nowMs: number): Meter =>
  ({ period }) => {
    const counted = events.filter(
      ({ atMs, backMs }) =>
        period.startMs <= atMs && atMs < period.endMs && atMs <= nowMs && nowMs < backMs,
    );
    return { quantity: decimal(counted.length), eventCount: BigInt(counted.length) };
  };

const agreed = (price: Price, commitment?: Commitment) =>
  agreementOf([
    {
      ...planOf('plan', feeOf('calls', price, { meterProfile })),
      ...(commitment && { commitment }),
    },
  ]);

/** With so much let off of all fees of each cycle. */
function lessAmount(agreement: ReturnType<typeof agreed>, amountOff: Decimal | undefined) {
  if (amountOff === undefined) return agreement;
  const [first, ...others] = agreement.facts;
  return { ...agreement, facts: [{ ...first, discounts: [{ amountOff }] } as Fact, ...others] };
}

/** Usage billed early at the instants, and each cycle a bill when it has ended. */
function billed(agreement: ReturnType<typeof agreed>, used: readonly Used[], earlyMs: number[]) {
  const ledger = newLedger();
  const entries: Entry[] = [];
  const cycleOf = (ms: number) => new Date(ms).getUTCMonth();
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    for (const ms of earlyMs.filter((each) => cycleOf(each) === cycle).sort((a, b) => a - b))
      entries.push(...ledger.billUsage(agreement, ms, metered(used, ms), cycle));
    const endMs = day(1, cycle + 2);
    entries.push(...ledger.bill(agreement, endMs, metered(used, endMs)));
  }
  entries.push(...ledger.bill(agreement, END, metered(used, END)));
  return { ledger, entries };
}

/** Each line as it reads. */
const told = (entries: readonly Entry[]) =>
  entries.flatMap(({ lines }) =>
    lines.map(({ kind, reason = 'as ever', minorUnits }) => `${kind} ${reason} ${minorUnits}`),
  );

/** So many events on a day, of which some are taken back on another. */
const events = (count: number, date: number, taken = 0, backMs = Infinity): Used[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ atMs: day(date), backMs: index < taken ? backMs : Infinity },
  }));

const half = perUnit('0.5');

test.each<[string, Price, Used[], number[], string[]]>([
  [
    'the end bills the rest',
    half,
    [...events(120, 9), ...events(80, 20)],
    [day(10)],
    ['usage threshold_reached 6000', 'usage billed_in_part 4000'],
  ],
  [
    'a second threshold bills what has come since',
    half,
    [...events(120, 9), ...events(80, 20), ...events(10, 30)],
    [day(10), day(21)],
    ['usage threshold_reached 6000', 'usage threshold_reached 4000', 'usage billed_in_part 500'],
  ],
  [
    'nothing has come since',
    half,
    events(120, 9),
    [day(10), day(11)],
    ['usage threshold_reached 6000', 'usage billed_in_part 0'],
  ],
  [
    'what was taken back is an adjustment',
    half,
    events(120, 9, 20, day(15)),
    [day(10)],
    ['usage threshold_reached 6000', 'adjustment voided_usage -1000'],
  ],
  [
    'a minimum is owed at the end',
    { ...half, terms: { minimum: decimal('100') } },
    events(120, 9),
    [day(10)],
    ['usage threshold_reached 6000', 'usage billed_in_part 4000'],
  ],
  [
    'a maximum has been reached',
    { ...half, terms: { maximum: decimal('50') } },
    [...events(120, 9), ...events(80, 20)],
    [day(10)],
    ['usage threshold_reached 5000', 'usage billed_in_part 0'],
  ],
])('%s', (_, price, used, earlyMs, expected) => {
  const { entries } = billed(agreed(price), used, earlyMs);
  const ofFirst = entries.filter(({ charge }) => charge.cycle === 0);
  expect(told(ofFirst)).toEqual(expected);
});

test('usage that becomes known once the cycle was closed is late, also where a threshold had billed it', () => {
  const agreement = agreed(half);
  const ledger = newLedger();
  ledger.billUsage(agreement, day(10), metered(events(120, 9), day(10)), 0);
  ledger.bill(agreement, day(1, 2), metered(events(120, 9), END));
  const late = ledger.bill(agreement, day(5, 2), metered(events(121, 9), END));
  expect(told(late)).toEqual(['adjustment late_usage 50']);
});

test('a bill in between, and one of a later cycle, leave what a threshold billed as it is', () => {
  const agreement = agreed(half);
  const ledger = newLedger();
  const meter = metered(events(120, 9), END);
  ledger.billUsage(agreement, day(10), meter, 0);
  expect(ledger.bill(agreement, day(20), meter)).toEqual([]);
  ledger.bill(agreement, day(1, 2), meter);
  ledger.billUsage(agreement, day(10, 2), metered(events(3, 40), END), 1);
  // As far as an earlier bill looked.
  expect(ledger.bill(agreement, day(20), meter, 0, { firstCycle: 0 })).toEqual([]);
});

test('a group that is used only after a threshold was reached is plain usage at the end', () => {
  const charge = (group: string, count: bigint, cut: boolean): Charge => ({
    ...{ feeId: feeIdOf('calls'), cycle: 0, unit: '', kind: 'usage', description: group },
    ...{ id: derivedId('chg', group), group: [group], ...(cut ? { cut: true } : {}) },
    parts: [
      {
        period: { startMs: 0, endMs: cut ? 5 : 10 },
        rated: rate(half, { quantity: decimal(count), eventCount: count }),
        usage: { meterProfile, eventCount: count },
      },
    ],
  });
  const before = charge('eu', 100n, true);
  const posted = new Map([
    [before.id, { charge: before, roundedMinorUnits: 5000n, billId: derivedId('bill', '1') }],
  ] satisfies [string, Posted][]);
  const expected = [charge('eu', 100n, false), charge('us', 2n, false)];
  const input = { posted, facts: [], concerns: () => true, currencyCode: 'USD' };
  expect(told(entriesOf({ ...input, expected }))).toEqual([
    'usage billed_in_part 0',
    'usage as ever 100',
  ]);
});

const amount = fc.integer({ min: 0, max: 500 }).map((cents) => decimal(`${cents}e-2`));
const tier = fc.record({ unitAmount: amount, flatAmount: amount });
const tiers = fc
  .tuple(tier, tier, fc.integer({ min: 1, max: 9 }))
  .map(([low, high, upTo]) => [{ ...low, upTo: decimal(upTo) }, high]);
const model: fc.Arbitrary<Price> = fc.oneof(
  amount.map((unitAmount): Price => ({ kind: 'perUnit', unitAmount })),
  tiers.map((all): Price => ({ kind: 'graduated', tiers: all })),
  tiers.map((all): Price => ({ kind: 'volume', tiers: all })),
);
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const terms = fc
  .record({
    divisor: some(fc.constantFrom(2, 3).map(decimal)),
    rounding: some(fc.constantFrom('up' as const, 'down' as const)),
    includedUnits: some(fc.integer({ min: 1, max: 5 }).map(decimal)),
    rolloverCycles: some(fc.constantFrom(1n, 2n)),
    minimum: some(amount),
    percentOff: some(fc.integer({ min: 1, max: 100 }).map(decimal)),
    amountOff: some(amount),
    over: some(amount),
  })
  .map(({ over, rolloverCycles, ...given }) => {
    const maximum = over && (given.minimum ?? decimal(0n)).add(over);
    const rolls = given.includedUnits === undefined ? {} : { rolloverCycles };
    const all = Object.entries({ ...given, ...rolls, maximum });
    return Object.fromEntries(all.filter(([, value]) => value !== undefined));
  });
const price = fc
  .tuple(model, terms)
  .map(([of, agreedTerms]): Price => ({ ...of, terms: agreedTerms }))
  .filter((each) => priceViolations(each, 'price').length === 0);
const commitment = some(
  fc
    .record({ amount, cycles: fc.constantFrom(1, 2), overageFactor: fc.constantFrom('0.5', '1.5') })
    .map(({ overageFactor, ...of }) => {
      return { ...of, name: 'Commitment', overageFactor: decimal(overageFactor) };
    }),
);
const hour = fc.integer({ min: 0, max: (END - day(1)) / 3_600_000 - 1 });
const instant = hour.map((hours) => day(1) + hours * 3_600_000);
const used = fc
  .tuple(instant, some(instant))
  .map(([atMs, backMs = Infinity]): Used => ({ atMs, backMs: Math.max(atMs, backMs) }));

/** What is let off of all fees of a cycle. */
const off = some(amount.filter((each) => !each.isZero()));

test('however often it was billed before its end, a cycle comes to what it comes to without, charge for charge', () => {
  fc.assert(
    fc.property(
      ...[
        price,
        commitment,
        off,
        fc.array(used, { maxLength: 30 }),
        fc.array(instant, { maxLength: 5 }),
      ],
      (
        of: Price,
        agreedOn: Commitment | undefined,
        amountOff: Decimal | undefined,
        all: Used[],
        earlyMs: number[],
      ) => {
        const agreement = lessAmount(agreed(of, agreedOn), amountOff);
        const { ledger, entries } = billed(agreement, all, earlyMs);
        const without = billed(agreement, all, []).ledger;
        const sums = ({ posted }: typeof ledger) =>
          [...posted]
            .filter(
              ([, { roundedMinorUnits, charge }]) =>
                roundedMinorUnits !== 0n || charge.kind === 'usage',
            )
            .map(([id, { roundedMinorUnits }]) => [id, roundedMinorUnits])
            .sort();
        expect(sums(ledger)).toEqual(sums(without));
        // Each line says what it was billed before.
        const exact = new Map<string, Decimal>();
        for (const { charge, lines } of entries)
          for (const line of lines)
            exact.set(charge.id, (exact.get(charge.id) ?? decimal(0)).add(line.exactAmount));
        for (const [id, { charge }] of without.posted)
          expect(exact.get(id)?.toString()).toBe(exactAmount(charge.parts).toString());
      },
    ),
    RUNS,
  );
});

test('a price that is corrected in between is billed right at the end', () => {
  const calls = feeOf('calls', half, { meterProfile });
  const correction = { feeId: calls.id, price: perUnit('0.4'), note: 'it was wrong' };
  const before = agreementOf([planOf('plan', calls)]);
  const after = agreementOf(
    [planOf('plan', calls)],
    factAt(day(1), { kind: 'price_corrected', ...correction }, day(15)),
  );
  const ledger = newLedger();
  const meter = metered(events(120, 9), END);
  ledger.billUsage(before, day(10), meter, 0);
  expect(told(ledger.bill(after, day(1, 2), meter))).toEqual(['adjustment price_corrected -1200']);
});
