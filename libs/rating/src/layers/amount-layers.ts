import { decimal, type Decimal } from '@billingrails/money';
import { makeStep, type RatedStep } from '../steps/registry';
import type { Terms } from './terms';

/** A layer over an amount: the step that changes it, if it does. */
type AmountLayer = (amountBefore: Decimal, terms: Terms) => RatedStep | undefined;

const quantity = decimal(0n);

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

/** The steps of all layers over an amount; one that changes nothing is left out. */
export function amountSteps(amount: Decimal, terms: Terms): RatedStep[] {
  const steps: RatedStep[] = [];
  let before = amount;
  for (const layer of LAYERS) {
    const step = layer(before, terms);
    if (step === undefined || step.amount.isZero()) continue;
    steps.push(step);
    before = before.add(step.amount);
  }
  return steps;
}
