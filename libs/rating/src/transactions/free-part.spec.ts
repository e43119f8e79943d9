import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import {
  chargeViolations,
  freePart,
  priceViolations,
  rate,
  TransactionCounter,
  type PercentagePrice,
} from '../index';
import { written } from '../testing/whole';

const priceOf = (
  freeEvents: bigint,
  freeAmount: string,
  more: Partial<PercentagePrice> = {},
): PercentagePrice => ({
  kind: 'percentage',
  percent: decimal('2'),
  fixedAmount: decimal('0.1'),
  freeAmount: decimal(freeAmount),
  freeEvents,
  transactionMinimum: decimal('0.5'),
  transactionMaximum: decimal('5'),
  ...more,
});

/** What the transactions cost that come in this order, as billing is told them. */
function costOf(price: PercentagePrice, amounts: readonly string[]) {
  const part = freePart(price);
  const counter = new TransactionCounter(part === undefined ? [] : [part]);
  for (const amount of amounts) counter.add(amount);
  const charge = rate(price, {
    quantity: amounts.reduce((sum, amount) => sum.add(decimal(amount)), decimal(0n)),
    eventCount: BigInt(amounts.length),
    transactions: counter.transactions,
  });
  expect(chargeViolations(charge, 'charge')).toEqual([]);
  return charge;
}

test.each([
  ['two events', 2n, '0', ['10', '100', '50'], '1.1'], // 50 × 2 % + 0.1
  ['as many events as there are', 2n, '0', ['10', '100'], '0'],
  ['one of two events taken back: the next is free', 2n, '0', ['100', '50'], '0'],
  ['an event of nothing is an event', 1n, '0', ['0', '50'], '1.1'],
  ['one that is paid back is an event', 1n, '0', ['-10', '50'], '1.1'],
  ['less than the amount', 0n, '100', ['60', '39.99'], '0'],
  ['just the amount, nothing behind it', 0n, '100', ['60', '40', '0', '30'], '1.2'], // 0.5, and 0.7
  ['the amount inside an event', 0n, '100', ['60', '90', '30'], '1.8'], // 50 × 2 % + 0.1, and 0.7
  ['what lies beyond is at least the minimum', 0n, '100', ['100.01'], '0.5'],
  ['what lies beyond is at most the maximum', 0n, '100', ['60', '10000'], '5'],
  ['events of nothing, before the amount is used up', 0n, '100', ['0', '0', '150'], '1.1'],
  ['what is paid back gives back', 0n, '100', ['60', '-20', '60', '5'], '0.5'],
  ['more was paid back than paid', 0n, '100', ['-50', '150', '30'], '0.7'],
  ['what is paid back later is charged', 0n, '100', ['100', '-50'], '0.5'],
  ['the events are used up first', 2n, '100', ['10', '20', '30'], '0.7'],
  ['the amount is used up first', 3n, '100', ['10', '120', '30'], '1.4'], // 30 × 2 % + 0.1 twice
  ['both at once', 2n, '100', ['10', '90', '30'], '0.7'],
  ['nothing', 0n, '0', ['10', '30'], '1.2'],
] as const)('free is %s: %s events, %s of %j, cost %s', (_what, events, amount, amounts, cost) => {
  expect(decimalText(costOf(priceOf(events, amount), amounts).amount)).toBe(cost);
});

test('what is free has a step of its own, with its part of the event that is charged for the rest', () => {
  const { steps } = costOf(priceOf(0n, '100'), ['60', '90', '1', '10000', '-5']);
  expect(
    steps.map((step) => [
      step.kind,
      ...[step.quantity, step.amount].map(decimalText),
      'eventCount' in step && String(step.eventCount),
    ]),
  ).toEqual([
    ['transactions', '100', '0', '1'],
    ['percentage', '50', '1.1', '1'],
    ['transactions', '-4', '1', '2'],
    ['transactions', '10000', '5', '1'],
  ]);
  expect(steps.map((step) => 'free' in step && step.free)).toEqual([true, false, false, false]);
});

test('bounds and free parts are sound together; what changes the quantity is not', () => {
  const price = { ...priceOf(1n, '5'), terms: { includedUnits: decimal('1') } };
  expect(priceViolations(price, 'p').map(({ field }) => field)).toEqual(['p.terms.included_units']);
  expect(priceViolations(priceOf(1n, '5'), 'p')).toEqual([]);
});

/** In cents, each event looked at by itself, each cent taken one after the other. */
function slowCost(cents: readonly number[], freeEvents: number, freeCents: number): number {
  let isOver = freeEvents === 0 && freeCents === 0;
  let [sum, events, owed] = [0, 0, 0];
  for (const value of cents) {
    let charged = value;
    if (!isOver) {
      while (charged > 0 && !(freeCents > 0 && sum === freeCents))
        [charged, sum] = [charged - 1, sum + 1];
      while (charged < 0) [charged, sum] = [charged + 1, sum - 1];
      events += 1;
      isOver = events === freeEvents || (freeCents > 0 && sum === freeCents);
      if (charged === 0) continue;
    }
    // 2 % + 0.1, in hundredths of a cent.
    owed += Math.min(Math.max(charged * 2 + 1_000, 5_000), 50_000);
  }
  return owed;
}

test('in whatever order events come in, they cost what each comes to in the order of time, then key', () => {
  const event = fc.record({ time: fc.nat(4), cents: fc.integer({ min: -200, max: 4_000 }) });
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 12 }).chain((events) => {
        const keyed = events.map((each, key) => ({ ...each, key }));
        const whole = { minLength: keyed.length, maxLength: keyed.length };
        return fc.tuple(fc.constant(keyed), fc.shuffledSubarray(keyed, whole));
      }),
      fc.nat(6),
      fc.oneof(fc.constant(0), fc.nat(6_000)),
      (arrivals, freeEvents, freeCents) => {
        const price = priceOf(BigInt(freeEvents), written(BigInt(freeCents), 2));
        const [first, second] = arrivals.map((arrived) => {
          const ordered = [...arrived].sort((a, b) => a.time - b.time || a.key - b.key);
          const cents = ordered.map((each) => each.cents);
          const texts = cents.map((each) => decimalText(decimal(written(BigInt(each), 2))));
          const owed = decimal(written(BigInt(slowCost(cents, freeEvents, freeCents)), 4));
          return [decimalText(costOf(price, texts).amount), decimalText(owed)];
        });
        expect(first).toEqual(second);
        expect(first?.[0]).toBe(first?.[1]);
      },
    ),
    { numRuns: 500 },
  );
});

test('without bounds that are reached, of amounts above 0, the free amount comes to what it does without bounds', () => {
  const cents = fc.array(fc.bigInt({ min: 1n, max: 500n }), { maxLength: 8 });
  fc.assert(
    fc.property(cents, fc.bigInt({ min: 0n, max: 2_000n }), (amounts, free) => {
      const wide = { fixedAmount: decimal(0n), transactionMinimum: decimal(0n) };
      const {
        transactionMinimum: _,
        transactionMaximum: __,
        ...unbounded
      } = priceOf(0n, written(free, 2), wide);
      const bounded = { ...unbounded, transactionMinimum: decimal(0n) };
      const texts = amounts.map((each) => decimalText(decimal(written(each, 2))));
      expect(costOf(bounded, texts).amount).toEqual(costOf(unbounded, texts).amount);
    }),
    { numRuns: 200 },
  );
});
