import { decimal, type Decimal } from '@billingrails/money';
import { shareAmount } from '../cycle-share';
import { makeStep, type RatedStep } from '../steps/registry';
import type { PricedUsage } from '../usage';
import type { Terms } from './terms';

/** A layer over an amount: the step that changes it, if it does. */
type AmountLayer = (amountBefore: Decimal, terms: Terms) => RatedStep | undefined;

const ZERO = decimal(0n);
const quantity = ZERO;

const toMinimum: AmountLayer = (amountBefore, { minimum }) =>
  minimum === undefined
    ? undefined
    : makeStep({ kind: 'minimum', quantity, amountBefore, minimum });

const toMaximum: AmountLayer = (amountBefore, { maximum }) =>
  maximum === undefined
    ? undefined
    : makeStep({ kind: 'maximum', quantity, amountBefore, maximum });

const lessPercent: AmountLayer = (amountBefore, { percentOff: percent }) =>
  percent === undefined
    ? undefined
    : makeStep({ kind: 'percentOff', quantity, amountBefore, percent });

const lessAmount: AmountLayer = (amountBefore, { amountOff }) =>
  amountOff === undefined
    ? undefined
    : makeStep({ kind: 'amountOff', quantity, amountBefore, amountOff });

/** In the order they are applied. */
const LAYERS: readonly AmountLayer[] = [toMinimum, toMaximum, lessPercent, lessAmount];

/** The charge less percentages, one after the other, each with its step. */
export function lessPercents<
  C extends { readonly amount: Decimal; readonly steps: readonly RatedStep[] },
>(charge: C, percents: readonly Decimal[]): C {
  return percents.reduce((before, percentOff) => {
    const step = lessPercent(before.amount, { percentOff });
    if (step === undefined || step.amount.isZero()) return before;
    return { ...before, amount: before.amount.add(step.amount), steps: [...before.steps, step] };
  }, charge);
}

/** Which part of a cycle an amount is of; see `PricedUsage`. */
type CyclePart = Pick<PricedUsage, 'share' | 'amountBefore'>;

/**
 * The steps of all layers over an amount; one that changes nothing is left out. Amounts of terms are agreed for a whole
 * cycle: of a part of one the minimum and the amount off come to their share, and the maximum is less what the parts
 * before came to.
 */
export function amountSteps(amount: Decimal, terms: Terms, part: CyclePart): RatedStep[] {
  const steps: RatedStep[] = [];
  const held = lessCharged(shared(terms, part), part);
  let before = amount;
  for (const layer of LAYERS) {
    const step = layer(before, held);
    if (step === undefined || step.amount.isZero()) continue;
    steps.push(step);
    before = before.add(step.amount);
  }
  return steps;
}

/** What a charge comes to with its minimum and maximum, before discounts. */
export function cappedAmount({ steps }: { readonly steps: readonly RatedStep[] }): Decimal {
  return steps
    .filter(({ kind }) => kind !== 'percentOff' && kind !== 'amountOff')
    .reduce((sum, { amount }) => sum.add(amount), ZERO);
}

function shared(terms: Terms, { share }: CyclePart): Terms {
  if (share === undefined) return terms;
  const { minimum, amountOff } = terms;
  return {
    ...terms,
    ...(minimum === undefined ? {} : { minimum: shareAmount(minimum, share) }),
    ...(amountOff === undefined ? {} : { amountOff: shareAmount(amountOff, share) }),
  };
}

function lessCharged(terms: Terms, { amountBefore }: CyclePart): Terms {
  const { maximum } = terms;
  if (maximum === undefined || amountBefore === undefined) return terms;
  return { ...terms, maximum: maximum.lt(amountBefore) ? ZERO : maximum.sub(amountBefore) };
}
