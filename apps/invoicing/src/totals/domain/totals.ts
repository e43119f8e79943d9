import { lessParts, letOff, type Discount, type LetOff } from './discounts';
import type { Rate, Tax, TaxableLine, Taxes } from './taxes';

/** A line, with its amount in minor units. */
export interface TotalsLine<R extends Rate = Rate> extends TaxableLine<R> {
  /** Whether it is a promotional credit: it comes after discounts, so nothing is let off it. */
  readonly isCredit: boolean;
}

/** What totals are computed from. */
export interface TotalsInput<R extends Rate = Rate> {
  /** ISO 4217. */
  readonly currencyCode: string;
  readonly lines: readonly TotalsLine<R>[];
  /** Off lines that are no credits: percentages are taken before amounts, otherwise in their order. */
  readonly discounts: readonly Discount[];
  /** The taxes of the lines, whose amounts are less what is let off them. */
  readonly tax: (lines: readonly TaxableLine<R>[]) => Taxes<R>;
}

/**
 * How lines lead to what is owed, in minor units: subtotal − discounts − promotional credit − included taxes = net;
 * net + tax = total.
 */
export interface Totals<R extends Rate = Rate> {
  /** The sum of the lines that are no credits. */
  readonly subtotal: bigint;
  /** In the order in which they were taken, with parts for all lines. `index` is the place among those of the input. */
  readonly discounts: readonly (LetOff & { readonly index: number })[];
  readonly promotionalCredit: bigint;
  readonly taxes: readonly Tax<R>[];
  /** What each line comes to without tax. */
  readonly nets: readonly bigint[];
  readonly net: bigint;
  readonly tax: bigint;
  readonly total: bigint;
}

/**
 * Computes totals in the order of all sums: lines, discounts in percent, discounts of an amount, promotional credits,
 * taxes. What prepaid balance and payments settle comes after the total. A discount looks at the lines that it covers
 * as if there were no others: it never lets off more than the promotional credits among them, which are lines already,
 * leave.
 */
export function computeTotals<R extends Rate>(input: TotalsInput<R>): Totals<R> {
  const { currencyCode, lines } = input;
  const amountsOf = (isCredit: boolean) =>
    lines.map((line) => (line.isCredit === isCredit ? line.amount : 0n));
  const [charges, credits] = [amountsOf(false), amountsOf(true)];
  const promotionalCredit = -sum(credits);
  let left: readonly bigint[] = charges;
  const discounts = inOrder(input.discounts).map(({ terms, index }) => {
    const covered = coveredBy(terms, left);
    const room = sum(covered) + sum(coveredBy(terms, credits));
    const taken = letOff(covered, terms, { currencyCode, most: room < 0n ? 0n : room });
    left = lessParts(left, taken.parts);
    return { index, ...taken };
  });
  const taxable = lines.map((line, index) => ({
    ...line,
    amount: (left[index] ?? 0n) + (credits[index] ?? 0n),
  }));
  const { taxes, nets } = input.tax(taxable);
  const net = sum(nets);
  const tax = sum(taxes.map(({ amount }) => amount));
  return {
    ...{ discounts, promotionalCredit, taxes, nets, net, tax },
    subtotal: sum(charges),
    total: net + tax,
  };
}

/** The amounts of the lines that a discount covers; 0 in place of the others. */
function coveredBy({ covers }: Discount, amounts: readonly bigint[]): readonly bigint[] {
  return covers === undefined
    ? amounts
    : amounts.map((amount, line) => (covers[line] === true ? amount : 0n));
}

/** Percentages first. */
function inOrder(terms: readonly Discount[]): { terms: Discount; index: number }[] {
  const all = terms.map((each, index) => ({ terms: each, index }));
  const isPercent = ({ terms: { kind } }: (typeof all)[number]) => kind === 'percent';
  return [...all.filter(isPercent), ...all.filter((each) => !isPercent(each))];
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
