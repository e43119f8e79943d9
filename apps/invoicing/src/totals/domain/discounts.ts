import { decimal, moneyText, toMoney, type Decimal } from '@billingrails/money';
import { makeStep } from '@billingrails/rating';
import { wholeParts } from './fraction';

/** What is let off the sum of lines: a percentage of it, or an amount. */
export type OffTerms =
  | { readonly kind: 'percent'; readonly percent: Decimal }
  /** In minor units, above 0. */
  | { readonly kind: 'amount'; readonly minorUnits: bigint };

/** What is let off the sum of those lines that it covers. */
export type Discount = OffTerms & {
  /** Whether it covers each line, by its place. Unset: all. */
  readonly covers?: readonly boolean[];
};

/** What was let off the sum of lines, in minor units. */
export interface LetOff {
  /** What the sum was before. */
  readonly base: bigint;
  readonly amount: bigint;
  /** By line; they sum to the amount. */
  readonly parts: readonly bigint[];
}

/**
 * Lets something off the sum of lines' amounts and spreads it over them in proportion. It is the step of libs/rating
 * that lets off a fee, rounded once, half away from zero, to the minor unit: a percentage of a sum below 0 is as large
 * a part of it, and an amount is let off as far as there is one. Never more than `most` is let off.
 */
export function letOff(
  amounts: readonly bigint[],
  terms: OffTerms,
  { currencyCode, most }: { readonly currencyCode: string; readonly most: bigint },
): LetOff {
  const base = amounts.reduce((sum, amount) => sum + amount, 0n);
  const major = (minorUnits: bigint) => decimal(moneyText({ currencyCode, minorUnits }));
  const figures = { quantity: decimal(0n), amountBefore: major(base) };
  const step =
    terms.kind === 'percent'
      ? makeStep({ kind: 'percentOff', ...figures, percent: terms.percent })
      : makeStep({ kind: 'amountOff', ...figures, amountOff: major(terms.minorUnits) });
  const wanted = toMoney(step.amount.neg(), currencyCode).minorUnits;
  const amount = wanted > most ? most : wanted;
  return { base, amount, parts: spread(amount, amounts, base) };
}

/** `amount` × each of the amounts ÷ their sum, in whole minor units that sum to it. */
function spread(amount: bigint, amounts: readonly bigint[], sum: bigint): bigint[] {
  if (amount === 0n) return amounts.map(() => 0n);
  const sign = sum < 0n ? -1n : 1n;
  return wholeParts(
    amounts.map((each) => ({ dividend: sign * amount * each, divisor: sign * sum })),
  );
}

/** What is left of each amount. */
export function lessParts(amounts: readonly bigint[], parts: readonly bigint[]): bigint[] {
  return amounts.map((amount, index) => amount - (parts[index] ?? 0n));
}
