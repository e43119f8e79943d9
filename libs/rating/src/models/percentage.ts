import { assert, type Violation } from '@billingrails/errors';
import { decimal, type Decimal } from '@billingrails/money';
import { countOrZero, given, givenOrZero, optional, record } from '../plain';
import { percentOf } from '../steps/parts';
import { makeStep, type RatedStep } from '../steps/registry';
import { divideFree, type FreePart } from '../transactions/free-part';
import { sumOfTransactions, type PricedUsage, type Transactions } from '../usage';
import { model } from './model';
import { amountViolations, violation } from './violations';

/**
 * A part of the amount that the events report, and something for each event: the quantity is the sum of those
 * amounts. The free amount comes off their sum and the free events off their number, whatever their order; but between
 * bounds, which hold for each event by itself, the first events are free, until the free amount or the free events are
 * used up.
 */
export interface PercentagePrice {
  readonly kind: 'percentage';
  /** 2.9 is 2.9 %. */
  readonly percent: Decimal;
  /** For each event. */
  readonly fixedAmount: Decimal;
  readonly freeAmount: Decimal;
  readonly freeEvents: bigint;
  /** What a single event that is not free costs at least, and at most, its fixed amount included. */
  readonly transactionMinimum?: Decimal;
  readonly transactionMaximum?: Decimal;
}

const ZERO = decimal(0n);

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
  freePart: (price) => (isBounded(price) ? freePartOf(price) : undefined),
  violations: (price, path) => [
    ...amountViolations(price.percent, `${path}.percent`),
    ...amountViolations(price.fixedAmount, `${path}.fixed_amount`),
    ...amountViolations(price.freeAmount, `${path}.free_amount`),
    ...boundViolations(price, path),
  ],
  rate: (price, usage) => (isBounded(price) ? rateEach(price, usage) : [sharesOf(price, usage)]),
  stepsMax: (price) => (!isBounded(price) ? 1 : freePartOf(price) === undefined ? 3 : 4),
});

function isBounded({ transactionMinimum, transactionMaximum }: PercentagePrice): boolean {
  return transactionMinimum !== undefined || transactionMaximum !== undefined;
}

function boundViolations(price: PercentagePrice, path: string): Violation[] {
  const { transactionMinimum: least, transactionMaximum: most } = price;
  return [
    ...(least === undefined ? [] : amountViolations(least, `${path}.transaction_minimum`)),
    ...(most === undefined ? [] : amountViolations(most, `${path}.transaction_maximum`)),
    ...(least !== undefined && most?.lt(least) === true
      ? violation(`${path}.transaction_maximum`, 'must not be less than transaction_minimum')
      : []),
  ];
}

/** What is free of events that are each priced by itself. */
function freePartOf({ freeAmount, freeEvents }: PercentagePrice): FreePart | undefined {
  if (freeAmount.isZero() && freeEvents === 0n) return undefined;
  return {
    ...(freeEvents === 0n ? {} : { events: freeEvents }),
    ...(freeAmount.isZero() ? {} : { amount: freeAmount }),
  };
}

/** By the sum and the number of the events alone. */
function sharesOf(
  { percent, fixedAmount, freeAmount, freeEvents }: PercentagePrice,
  { quantity, eventCount }: PricedUsage,
): RatedStep {
  const figures = { percent, fixedAmount, freeAmount, freeEvents };
  return makeStep({ kind: 'percentage', quantity, eventCount, ...figures });
}

/**
 * Each event by itself: those that are free together, then those within the bounds, those at the minimum, and those at
 * the maximum.
 */
function rateEach(price: PercentagePrice, { quantity, transactions }: PricedUsage): RatedStep[] {
  assert(transactions !== undefined, 'a price with bounds is told each transaction');
  const { percent, fixedAmount, transactionMinimum: least, transactionMaximum: most } = price;
  const { free, charged } = divideFree(freePartOf(price), transactions);
  const costOf = ({ amount }: Transactions) => percentOf(percent, amount).add(fixedAmount);
  const low = charged.filter((each) => least !== undefined && costOf(each).lt(least));
  const high = charged.filter((each) => most !== undefined && costOf(each).gt(most));
  const outside = new Set([...low, ...high]);
  const within = charged.filter((each) => !outside.has(each));
  const rates = { ...price, freeAmount: ZERO, freeEvents: 0n };
  const steps = [
    ...(free.eventCount === 0n && free.quantity.isZero() ? [] : [freeStep(free)]),
    ...(within.length === 0 ? [] : [sharesOf(rates, sumOfTransactions(within))]),
    ...atBound(low, least, false),
    ...atBound(high, most, true),
  ];
  return steps.length > 0 ? steps : [sharesOf(rates, { quantity, eventCount: 0n })];
}

function freeStep({ quantity, eventCount }: PricedUsage): RatedStep {
  const figures = { quantity, eventCount, eachAmount: ZERO, atMost: false, free: true };
  return makeStep({ kind: 'transactions', ...figures });
}

function atBound(
  bounded: readonly Transactions[],
  eachAmount: Decimal | undefined,
  atMost: boolean,
): RatedStep[] {
  if (bounded.length === 0 || eachAmount === undefined) return [];
  const figures = { ...sumOfTransactions(bounded), eachAmount, atMost, free: false };
  return [makeStep({ kind: 'transactions', ...figures })];
}
