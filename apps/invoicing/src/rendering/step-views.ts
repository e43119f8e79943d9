import { decimal, type Decimal, type Rounding } from '@billingrails/money';
import { billable, packagesOf, type RatedStep } from '@billingrails/rating';
import { exactAmountText, quantityText } from './format-number';

/** A step in words and figures: where it applies, and what leads to its amount. */
export interface StepText {
  /** Empty: to all of the quantity. */
  readonly label: string;
  readonly calculation: string;
}

type View<S> = (step: S, money: (amount: Decimal) => string) => StepText;
type Views = { readonly [K in RatedStep['kind']]: View<Extract<RatedStep, { kind: K }>> };

/** How each kind of step is shown: one that is missing does not compile. */
const VIEWS: Views = {
  flat: ({ flatAmount }, money) => ({ label: 'Flat amount', calculation: money(flatAmount) }),
  units: ({ quantity, unitAmount }, money) =>
    unlabelled(`${quantityText(quantity)} × ${money(unitAmount)}`),
  packages: (step, money) => {
    const { quantity, freeUnits, packageSize, packageAmount, proRata } = step;
    const size = quantityText(packageSize);
    if (proRata)
      return unlabelled(`${lessText(quantity, freeUnits)} × ${money(packageAmount)} ÷ ${size}`);
    const packages = packagesOf(billable(quantity, freeUnits), packageSize);
    const free = freeUnits.isZero() ? '' : ` after ${quantityText(freeUnits)} free`;
    return unlabelled(`${packagesText(packages, size)}${free} × ${money(packageAmount)}`);
  },
  tier: ({ above, upTo, quantity, packageSize, unitAmount, flatAmount }, money) => {
    const units =
      packageSize === undefined
        ? quantityText(quantity)
        : packagesText(packagesOf(quantity, packageSize), quantityText(packageSize));
    return {
      label: rangeText(above, upTo),
      calculation: `${units} × ${money(unitAmount)}${plusText(flatAmount, money)}`,
    };
  },
  percentage: ({ quantity, percent, freeAmount, fixedAmount, eventCount, freeEvents }, money) => {
    const share = `${lessText(quantity, freeAmount, money)} × ${percentText(percent)}`;
    if (fixedAmount.isZero()) return unlabelled(share);
    const events = lessText(decimal(eventCount), decimal(freeEvents));
    return unlabelled(`${share} + ${events} × ${money(fixedAmount)}`);
  },
  percentageTier: ({ above, upTo, quantity, percent, flatAmount }, money) => ({
    label: rangeText(above, upTo),
    calculation: `${money(quantity)} × ${percentText(percent)}${plusText(flatAmount, money)}`,
  }),
  transactions: ({ eventCount, eachAmount, atMost }, money) => ({
    label: `Transactions at ${atMost ? 'most' : 'least'} ${money(eachAmount)}`,
    calculation: `${quantityText(decimal(eventCount))} × ${money(eachAmount)}`,
  }),
  reported: ({ quantity }, money) => ({
    label: 'As the events report',
    calculation: money(quantity),
  }),
  divided: ({ quantity, used, divisor, rounding }) => ({
    label: `Counted in units of ${quantityText(divisor)}`,
    calculation: `${quantityText(used)} ÷ ${quantityText(divisor)} → ${quantityText(used.sub(quantity))}${roundingText(rounding)}`,
  }),
  included: ({ quantity, included }) => ({
    label: `Included: ${quantityText(included)}`,
    calculation: `${quantityText(quantity)} used`,
  }),
  rolledOver: ({ quantity, carried }) => {
    const units = carried.reduce((sum, each) => sum.add(each.units), decimal(0n));
    return {
      label: `Carried over: ${quantityText(units)}`,
      calculation: `${quantityText(quantity)} used`,
    };
  },
  minimum: ({ amountBefore, minimum }, money) => ({
    label: `At least ${money(minimum)}`,
    calculation: `${money(minimum)} \u2212 ${money(amountBefore)}`,
  }),
  maximum: ({ amountBefore, maximum }, money) => ({
    label: `At most ${money(maximum)}`,
    calculation: `${money(maximum)} \u2212 ${money(amountBefore)}`,
  }),
  percentOff: ({ amountBefore, percent }, money) => ({
    label: `${percentText(percent)} off`,
    calculation: `\u2212${percentText(percent)} × ${money(amountBefore)}`,
  }),
  amountOff: ({ amountBefore, amountOff }, money) => ({
    label: `${money(amountOff)} off`,
    calculation: `of ${money(amountBefore)}`,
  }),
  commitment: ({ counted, committed, overageFactor }, money) => ({
    label: `Committed: ${money(committed)}`,
    calculation: counted.lt(committed)
      ? `${money(committed)} \u2212 ${money(counted)}`
      : `(${money(counted)} \u2212 ${money(committed)}) × (${quantityText(overageFactor)} \u2212 1)`,
  }),
  spread: ({ whole, start, end, total }, money) => ({
    label: `Part of ${money(whole)}`,
    calculation: `${money(end.sub(start))} of ${money(total)}`,
  }),
};

/** The words and figures of a step, its amounts in this currency. */
export function stepText(step: RatedStep, currencyCode: string): StepText {
  const view: View<never> = VIEWS[step.kind];
  return view(step as never, (amount) => exactAmountText(amount, currencyCode));
}

function unlabelled(calculation: string): StepText {
  return { label: '', calculation };
}

/** The boundary unit belongs to the lower tier: "up to" includes it, "over" does not. */
function rangeText(above: Decimal, upTo: Decimal | undefined): string {
  const over = above.isZero() ? '' : `over ${quantityText(above)}`;
  const until = upTo === undefined ? '' : `up to ${quantityText(upTo)}`;
  return [over, until].filter((part) => part !== '').join(' ');
}

function packagesText(packages: Decimal, size: string): string {
  const isOne = packages.eq(decimal(1n));
  return `${quantityText(packages)} ${isOne ? 'package' : 'packages'} of ${size}`;
}

/**
 * What is left of a quantity: `(550 − 250)`, or as much as it is where nothing is taken off; never below zero by it.
 */
function lessText(
  quantity: Decimal,
  free: Decimal,
  text: (value: Decimal) => string = quantityText,
): string {
  if (free.isZero() || quantity.isNegative()) return text(quantity);
  return quantity.lt(free) ? text(decimal(0n)) : `(${text(quantity)} \u2212 ${text(free)})`;
}

function roundingText(rounding: Rounding | undefined): string {
  switch (rounding) {
    case undefined:
      return '';
    case 'up':
    case 'down':
      return `, rounded ${rounding}`;
    case 'half':
      return ', rounded to the nearest';
  }
}

function percentText(percent: Decimal): string {
  return `${quantityText(percent)} %`;
}

function plusText(flatAmount: Decimal, money: (amount: Decimal) => string): string {
  return flatAmount.isZero() ? '' : ` + ${money(flatAmount)}`;
}
