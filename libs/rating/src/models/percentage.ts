import { assert, type Violation } from '@billingrails/errors';
import type { Decimal } from '@billingrails/money';
import { countOrZero, given, givenOrZero, optional, record } from '../plain';
import { percentOf } from '../steps/parts';
import { makeStep, type RatedStep } from '../steps/registry';
import { sumOfTransactions, type PricedUsage, type Transactions } from '../usage';
import { model } from './model';
import { amountViolations, violation } from './violations';

/**
 * A part of the amount that the events report, and something for each event: the quantity is the sum of those
 * amounts. The free amount comes off their sum and the free events off their number, whatever the order they came in.
 */
export interface PercentagePrice {
  readonly kind: 'percentage';
  /** 2.9 is 2.9 %. */
  readonly percent: Decimal;
  /** For each event. */
  readonly fixedAmount: Decimal;
  readonly freeAmount: Decimal;
  readonly freeEvents: bigint;
  /** What a single event costs at least, and at most, its fixed amount included. Then nothing is free. */
  readonly transactionMinimum?: Decimal;
  readonly transactionMaximum?: Decimal;
}

export const percentage = model<PercentagePrice>()({
  basis: 'usage',
  plain: record<Omit<PercentagePrice, 'kind'>>()({
    percent: given,
    fixedAmount: givenOrZero,
    freeAmount: givenOrZero,
    freeEvents: countOrZero,
    transactionMinimum: optional(given),
    transactionMaximum: optional(given),
  }),
  readsTransactions: isBounded,
  violations: (price, path) => [
    ...amountViolations(price.percent, `${path}.percent`),
    ...amountViolations(price.fixedAmount, `${path}.fixed_amount`),
    ...amountViolations(price.freeAmount, `${path}.free_amount`),
    ...boundViolations(price, path),
  ],
  rate: (price, usage) => (isBounded(price) ? rateEach(price, usage) : [sharesOf(price, usage)]),
  stepsMax: (price) => (isBounded(price) ? 3 : 1),
});

function isBounded({ transactionMinimum, transactionMaximum }: PercentagePrice): boolean {
  return transactionMinimum !== undefined || transactionMaximum !== undefined;
}

function boundViolations(price: PercentagePrice, path: string): Violation[] {
  if (!isBounded(price)) return [];
  const { transactionMinimum: least, transactionMaximum: most, freeAmount, freeEvents } = price;
  const free = 'must be left out where a transaction has a minimum or a maximum';
  return [
    ...violation(`${path}.free_amount`, freeAmount.isZero() ? undefined : free),
    ...violation(`${path}.free_events`, freeEvents === 0n ? undefined : free),
    ...(least === undefined ? [] : amountViolations(least, `${path}.transaction_minimum`)),
    ...(most === undefined ? [] : amountViolations(most, `${path}.transaction_maximum`)),
    ...(least !== undefined && most?.lt(least) === true
      ? violation(`${path}.transaction_maximum`, 'must not be less than transaction_minimum')
      : []),
  ];
}

/** By the sum and the number of the events alone. */
function sharesOf(
  { percent, fixedAmount, freeAmount, freeEvents }: PercentagePrice,
  { quantity, eventCount }: PricedUsage,
): RatedStep {
  const figures = { percent, fixedAmount, freeAmount, freeEvents };
  return makeStep({ kind: 'percentage', quantity, eventCount, ...figures });
}

/** Each event by itself: those within the bounds together, then those at the minimum, then those at the maximum. */
function rateEach(price: PercentagePrice, { quantity, transactions }: PricedUsage): RatedStep[] {
  assert(transactions !== undefined, 'a price with bounds is told each transaction');
  const { percent, fixedAmount, transactionMinimum: least, transactionMaximum: most } = price;
  const costOf = ({ amount }: Transactions) => percentOf(percent, amount).add(fixedAmount);
  const low = transactions.filter((each) => least !== undefined && costOf(each).lt(least));
  const high = transactions.filter((each) => most !== undefined && costOf(each).gt(most));
  const within = transactions.filter((each) => !low.includes(each) && !high.includes(each));
  const steps = [
    ...(within.length === 0 ? [] : [sharesOf(price, sumOfTransactions(within))]),
    ...atBound(low, least, false),
    ...atBound(high, most, true),
  ];
  return steps.length > 0 ? steps : [sharesOf(price, { quantity, eventCount: 0n })];
}

function atBound(
  bounded: readonly Transactions[],
  eachAmount: Decimal | undefined,
  atMost: boolean,
): RatedStep[] {
  if (bounded.length === 0 || eachAmount === undefined) return [];
  return [makeStep({ kind: 'transactions', ...sumOfTransactions(bounded), eachAmount, atMost })];
}
