import { decimal, type Decimal } from '@billingrails/money';
import { billable, packagesOf, type RatedStep } from '@billingrails/rating';
import { exactAmountText, quantityText } from '../format-number';
import type { Words } from '../words';

/** A step in words and figures: where it applies, and what leads to its amount. */
export interface StepText {
  /** Empty: to all of the quantity. */
  readonly label: string;
  readonly calculation: string;
}

/** How figures are written, and the words around them. */
interface Figures {
  readonly words: Words['steps'];
  /** A quantity. */
  number(value: Decimal): string;
  /** An amount, in the currency. */
  money(amount: Decimal): string;
}

type View<S> = (step: S, figures: Figures) => StepText;
type Views = { readonly [K in RatedStep['kind']]: View<Extract<RatedStep, { kind: K }>> };

/** How each kind of step is shown: one that is missing does not compile. */
const VIEWS: Views = {
  flat: ({ flatAmount }, { words, money }) => ({
    label: words.flatAmount,
    calculation: money(flatAmount),
  }),
  units: ({ quantity, unitAmount }, { number, money }) =>
    unlabelled(`${number(quantity)} × ${money(unitAmount)}`),
  packages: (step, figures) => {
    const { quantity, freeUnits, packageSize, packageAmount, proRata } = step;
    const { words, number, money } = figures;
    if (proRata)
      return unlabelled(
        `${lessText(quantity, freeUnits, number)} × ${money(packageAmount)} ÷ ${number(packageSize)}`,
      );
    const packages = packagesOf(billable(quantity, freeUnits), packageSize);
    const free = freeUnits.isZero() ? '' : ` ${words.afterFree(number(freeUnits))}`;
    return unlabelled(
      `${packagesText(packages, packageSize, figures)}${free} × ${money(packageAmount)}`,
    );
  },
  tier: ({ above, upTo, quantity, packageSize, unitAmount, flatAmount }, figures) => {
    const { number, money } = figures;
    const units =
      packageSize === undefined
        ? number(quantity)
        : packagesText(packagesOf(quantity, packageSize), packageSize, figures);
    return {
      label: rangeText(above, upTo, figures),
      calculation: `${units} × ${money(unitAmount)}${plusText(flatAmount, figures)}`,
    };
  },
  percentage: (
    { quantity, percent, freeAmount, fixedAmount, eventCount, freeEvents },
    { number, money },
  ) => {
    const share = `${lessText(quantity, freeAmount, money)} × ${number(percent)} %`;
    if (fixedAmount.isZero()) return unlabelled(share);
    const events = lessText(decimal(eventCount), decimal(freeEvents), number);
    return unlabelled(`${share} + ${events} × ${money(fixedAmount)}`);
  },
  percentageTier: ({ above, upTo, quantity, percent, flatAmount }, figures) => {
    const { number, money } = figures;
    return {
      label: rangeText(above, upTo, figures),
      calculation: `${money(quantity)} × ${number(percent)} %${plusText(flatAmount, figures)}`,
    };
  },
  transactions: ({ quantity, eventCount, eachAmount, atMost, free }, { words, number, money }) => ({
    label: free
      ? words.transactionsFree(money(quantity))
      : atMost
        ? words.transactionsAtMost(money(eachAmount))
        : words.transactionsAtLeast(money(eachAmount)),
    calculation: `${number(decimal(eventCount))} × ${money(eachAmount)}`,
  }),
  reported: ({ quantity }, { words, money }) => ({
    label: words.asReported,
    calculation: money(quantity),
  }),
  divided: ({ quantity, used, divisor, rounding }, { words, number }) => ({
    label: words.countedInUnits(number(divisor)),
    calculation:
      `${number(used)} ÷ ${number(divisor)} → ${number(used.sub(quantity))}` +
      (rounding === undefined ? '' : `, ${words.roundings[rounding]}`),
  }),
  included: ({ quantity, included }, { words, number }) => ({
    label: words.included(number(included)),
    calculation: words.used(number(quantity)),
  }),
  rolledOver: ({ quantity, carried }, { words, number }) => {
    const units = carried.reduce((sum, each) => sum.add(each.units), decimal(0n));
    return { label: words.carriedOver(number(units)), calculation: words.used(number(quantity)) };
  },
  minimum: ({ amountBefore, minimum }, { words, money }) => ({
    label: words.atLeast(money(minimum)),
    calculation: `${money(minimum)} \u2212 ${money(amountBefore)}`,
  }),
  maximum: ({ amountBefore, maximum }, { words, money }) => ({
    label: words.atMost(money(maximum)),
    calculation: `${money(maximum)} \u2212 ${money(amountBefore)}`,
  }),
  percentOff: ({ amountBefore, percent }, { words, number, money }) => ({
    label: words.off(`${number(percent)} %`),
    calculation: `\u2212${number(percent)} % × ${money(amountBefore)}`,
  }),
  amountOff: ({ amountBefore, amountOff }, { words, money }) => ({
    label: words.off(money(amountOff)),
    calculation: words.of(money(amountBefore)),
  }),
  commitment: ({ counted, committed, overageFactor }, { words, number, money }) => ({
    label: words.committed(money(committed)),
    calculation: counted.lt(committed)
      ? `${money(committed)} \u2212 ${money(counted)}`
      : `(${money(counted)} \u2212 ${money(committed)}) × (${number(overageFactor)} \u2212 1)`,
  }),
  spread: ({ whole, start, end, total }, { words, money }) => ({
    label: words.partOf(money(whole)),
    calculation: words.outOf(money(end.sub(start)), money(total)),
  }),
};

/** The words and figures of a step, its amounts in this currency. */
export function stepText(step: RatedStep, currencyCode: string, words: Words): StepText {
  const { locale, steps } = words;
  const view: View<never> = VIEWS[step.kind];
  return view(step as never, {
    words: steps,
    number: (value) => quantityText(value, locale),
    money: (amount) => exactAmountText(amount, currencyCode, locale),
  });
}

function unlabelled(calculation: string): StepText {
  return { label: '', calculation };
}

function rangeText(above: Decimal, upTo: Decimal | undefined, { words, number }: Figures): string {
  const over = above.isZero() ? '' : words.over(number(above));
  const until = upTo === undefined ? '' : words.upTo(number(upTo));
  return [over, until].filter((part) => part !== '').join(' ');
}

function packagesText(packages: Decimal, size: Decimal, { words, number }: Figures): string {
  return words.packages(number(packages), packages.eq(decimal(1n)), number(size));
}

/**
 * What is left of a quantity: `(550 − 250)`, or as much as it is where nothing is taken off; never below zero by it.
 */
function lessText(quantity: Decimal, free: Decimal, text: (value: Decimal) => string): string {
  if (free.isZero() || quantity.isNegative()) return text(quantity);
  return quantity.lt(free) ? text(decimal(0n)) : `(${text(quantity)} \u2212 ${text(free)})`;
}

function plusText(flatAmount: Decimal, { money }: Figures): string {
  return flatAmount.isZero() ? '' : ` + ${money(flatAmount)}`;
}
