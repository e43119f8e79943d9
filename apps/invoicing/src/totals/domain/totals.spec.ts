import { decimal } from '@billingrails/money';
import * as fc from 'fast-check';
import type { Discount } from './discounts';
import { computeTotals } from './totals';
import { totalsByHand, type OracleInput } from './testing/totals-oracle';
import { taxLines, type Rate } from './taxes';

const basisPoints = fc.oneof(
  fc.bigInt({ min: 0n, max: 3000n }),
  fc.constantFrom(0n, 500n, 700n, 998n, 1900n, 2000n, 9975n),
);
/** The lines that a discount is of: all, or some that there may be. */
const places = { places: fc.option(fc.subarray([0, 1, 2, 3, 4, 5]), { nil: undefined }) };
const input: fc.Arbitrary<OracleInput> = fc
  .array(fc.record({ basisPoints, compound: fc.boolean() }), { maxLength: 4 })
  .chain((rates) =>
    fc.record({
      rates: fc.constant(rates),
      lines: fc.array(
        fc.record({
          amount: fc.oneof(
            fc.bigInt({ min: -300n, max: 900n }),
            fc.bigInt({ min: 0n, max: 10n ** 12n }),
          ),
          included: fc.boolean(),
          isCredit: fc.oneof(fc.constant(false), fc.constant(false), fc.boolean()),
          rates: fc.subarray(rates.map((_, place) => place)),
        }),
        { maxLength: 6 },
      ),
      discounts: fc.array(
        fc.oneof(
          fc.record({ percent: fc.bigInt({ min: 1n, max: 10_000n }), ...places }),
          fc.record({ minorUnits: fc.bigInt({ min: 1n, max: 2_000n }), ...places }),
        ),
        { maxLength: 3 },
      ),
      rounding: fc.constantFrom('invoice', 'line' as const),
    }),
  );

/** Two digits after the point, for hundredths of a percent. */
const percentOf = (points: bigint) => decimal(points).mul(decimal('0.01'));

function computed({ lines, rates: all, discounts, rounding }: OracleInput) {
  const rates: Rate[] = all.map((rate) => ({
    percent: percentOf(rate.basisPoints),
    compound: rate.compound,
  }));
  const terms = discounts.map(({ percent, minorUnits = 0n, places: of }): Discount => ({
    ...(percent === undefined
      ? { kind: 'amount', minorUnits }
      : { kind: 'percent', percent: percentOf(percent) }),
    ...(of && { covers: lines.map((_, place) => of.includes(place)) }),
  }));
  const totals = computeTotals({
    currencyCode: 'USD',
    lines: lines.map((line) => ({
      ...line,
      rates: line.rates.map((place) => rates[place] as Rate),
    })),
    discounts: terms,
    tax: (taxable) => taxLines(taxable, rounding),
  });
  return { rates, totals };
}

test('totals are those of a slow computation that hands out one minor unit after the other', () => {
  fc.assert(
    fc.property(input, (given) => {
      const { rates, totals } = computed(given);
      const oracle = totalsByHand(given);
      const { net, tax, total, nets } = oracle;
      expect(totals).toMatchObject({ net, tax, total, nets });
      const offs = totals.discounts.map(({ amount }) => amount);
      expect(offs).toEqual(oracle.offs);
      const taxes = totals.taxes.map(({ rate, included, base, amount }) => [
        `${rates.indexOf(rate)}/${included}`,
        { base, amount },
      ]);
      expect(new Map(taxes as [string, { base: bigint; amount: bigint }][])).toEqual(oracle.taxes);
    }),
  );
});

test('parts sum to the whole: of every discount, credit and tax, of every line and of the invoice', () => {
  fc.assert(
    fc.property(input, (given) => {
      const { totals } = computed(given);
      const sum = (amounts: readonly bigint[]) => amounts.reduce((a, b) => a + b, 0n);
      for (const { amount, parts } of totals.discounts) expect(sum(parts)).toBe(amount);
      for (const { amount, parts } of totals.taxes)
        expect(sum(parts.map((part) => part.amount))).toBe(amount);
      const taken = sum(totals.discounts.map((each) => each.amount)) + totals.promotionalCredit;
      const included = sum(totals.taxes.map((tax) => (tax.included ? tax.amount : 0n)));
      expect(totals.subtotal - taken - included).toBe(totals.net);
      expect(totals.net + totals.tax).toBe(totals.total);
      for (const [place, line] of given.lines.entries()) {
        const off = totals.discounts.map(({ parts }) => parts[place] ?? 0n);
        const within = totals.taxes.flatMap((tax) =>
          tax.included
            ? tax.parts.filter((part) => part.line === place).map((part) => part.amount)
            : [],
        );
        expect(line.amount - sum(off) - sum(within)).toBe(totals.nets[place]);
      }
    }),
  );
});

test('a discount lets off nothing of lines that it is not of, and of none more than there is', () => {
  fc.assert(
    fc.property(input, (given) => {
      // What is charged alone: of credits and corrections a line may be below 0 already.
      const lines = given.lines.map((line) => ({
        ...line,
        ...{ amount: line.amount < 0n ? -line.amount : line.amount, isCredit: false },
      }));
      const { totals } = computed({ ...given, lines });
      const left = lines.map(({ amount }) => amount);
      for (const { index, base, amount, parts } of totals.discounts) {
        const { places: of } = given.discounts[index] ?? {};
        const own = left.map((each, place) => (of?.includes(place) === false ? 0n : each));
        expect(base).toBe(own.reduce((a, b) => a + b, 0n));
        expect(amount <= base).toBe(true);
        for (const [place, part] of parts.entries()) {
          expect(0n <= part && part <= (own[place] ?? 0n)).toBe(true);
          left[place] = (left[place] ?? 0n) - part;
        }
      }
    }),
  );
});

test('credited, the same lines come to the same, negated, to each part of each tax', () => {
  fc.assert(
    fc.property(input, (given) => {
      // A discount is capped by what credits leave, which a credit note's own are not.
      const percents = given.discounts.filter(({ percent }) => percent !== undefined);
      const own = given.lines.map((line) => ({ ...line, isCredit: false }));
      const charged = { ...given, lines: own, discounts: percents };
      const lines = own.map((line) => ({ ...line, amount: -line.amount }));
      const { totals } = computed(charged);
      fc.pre(totals.subtotal >= 0n);
      const { totals: back } = computed({ ...charged, lines });
      expect(back.total).toBe(-totals.total);
      expect(back.nets).toEqual(totals.nets.map((net) => -net));
      const amounts = (of: typeof totals) =>
        of.taxes.flatMap((tax) => tax.parts.map((part) => part.amount));
      expect(amounts(back)).toEqual(amounts(totals).map((amount) => -amount));
    }),
  );
});

test('nothing is let off, credited or taxed where nothing is agreed, whatever the lines', () => {
  fc.assert(
    fc.property(input, (given) => {
      const lines = given.lines.map((line) => ({ ...line, rates: [] }));
      const { totals } = computed({ ...given, lines, discounts: [] });
      expect(totals.total).toBe(totals.subtotal - totals.promotionalCredit);
      expect(totals.nets).toEqual(lines.map(({ amount }) => amount));
      expect(totals.taxes).toEqual([]);
    }),
  );
});
