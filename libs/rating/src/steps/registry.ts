import type { Decimal } from '@billingrails/money';
import type { PlainOf } from '../plain';
import { maximumStep, minimumStep, type MaximumStep, type MinimumStep } from './kinds/bounds';
import {
  amountOffStep,
  percentOffStep,
  type AmountOffStep,
  type PercentOffStep,
} from './kinds/discounts';
import { commitmentStep, type CommitmentStep } from './kinds/commitment';
import { dividedStep, type DividedStep } from './kinds/divided';
import { flatStep, type FlatStep } from './kinds/flat';
import { includedStep, type IncludedStep } from './kinds/included';
import { packagesStep, type PackagesStep } from './kinds/packages';
import { percentageStep, type PercentageStep } from './kinds/percentage';
import { percentageTierStep, type PercentageTierStep } from './kinds/percentage-tier';
import { reportedStep, type ReportedStep } from './kinds/reported';
import { rolledOverStep, type RolledOverStep } from './kinds/rolled-over';
import { spreadStep, type SpreadStep } from './kinds/spread';
import type { StepKind } from './step';
import { tierStep, type TierStep } from './kinds/tier';
import { transactionsStep, type TransactionsStep } from './kinds/transactions';
import { unitsStep, type UnitsStep } from './kinds/units';

/** One step of the arithmetic of a charge. The amounts of its steps sum to the charge. */
export type RatedStep =
  | FlatStep
  | UnitsStep
  | PackagesStep
  | TierStep
  | PercentageStep
  | PercentageTierStep
  | TransactionsStep
  | ReportedStep
  | DividedStep
  | IncludedStep
  | MinimumStep
  | MaximumStep
  | PercentOffStep
  | AmountOffStep
  | RolledOverStep
  | CommitmentStep
  | SpreadStep;

/** All kinds of steps: one that is missing does not compile. */
export const STEPS = {
  flat: flatStep,
  units: unitsStep,
  packages: packagesStep,
  tier: tierStep,
  percentage: percentageStep,
  percentageTier: percentageTierStep,
  transactions: transactionsStep,
  reported: reportedStep,
  divided: dividedStep,
  included: includedStep,
  minimum: minimumStep,
  maximum: maximumStep,
  percentOff: percentOffStep,
  amountOff: amountOffStep,
  rolledOver: rolledOverStep,
  commitment: commitmentStep,
  spread: spreadStep,
} satisfies { [K in RatedStep['kind']]: StepKind<Extract<RatedStep, { kind: K }>, unknown> };

/** How a step is written: its own fields under its kind, as in the contract's `RatedStep`. */
export interface PlainStep {
  quantity: string;
  amount: string;
  arithmetic: PlainArithmetic;
}

export type PlainArithmetic = {
  [K in RatedStep['kind']]: { case: K; value: PlainOf<(typeof STEPS)[K]['plain']> };
}[RatedStep['kind']];

/** A step before its amount is computed. */
export type StepDraft = {
  [K in RatedStep['kind']]: Omit<Extract<RatedStep, { kind: K }>, 'amount'>;
}[RatedStep['kind']];

export function kindOf(kind: RatedStep['kind']): StepKind<RatedStep, unknown> {
  return STEPS[kind];
}

/** The amount that the other figures of a step come to. */
export function stepAmount(step: StepDraft): Decimal {
  return kindOf(step.kind).amountOf(step);
}

/** The step with its amount. */
export function makeStep<S extends StepDraft>(step: S): S & { readonly amount: Decimal } {
  return { ...step, amount: stepAmount(step) };
}
