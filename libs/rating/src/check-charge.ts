import type { Violation } from '@billingrails/errors';
import { decimal, decimalText, type Decimal } from '@billingrails/money';
import type { RatedCharge } from './rate';
import { protoName } from './plain';
import { kindOf, stepAmount, type RatedStep } from './steps/registry';
import type { Followed } from './steps/step';

const ZERO = decimal(0n);

/**
 * What does not hold in the arithmetic of a charge, by proto path under `path`: each step is computed again by the very
 * code that made it, layers must rest on what the steps before them come to, and the steps must sum to the charge.
 */
export function chargeViolations(charge: RatedCharge, path: string): Violation[] {
  const { steps, amount, quantity } = charge;
  let [amountBefore, quantityLeft] = [ZERO, quantity];
  const violations = steps.flatMap((step, index) => {
    const found = stepViolations(step, { amountBefore, quantityLeft }, `${path}.steps[${index}]`);
    [amountBefore, quantityLeft] = [amountBefore.add(step.amount), quantityLeft.sub(step.quantity)];
    return found;
  });
  return [
    ...violations,
    ...sumViolations(
      amount,
      steps.map((step) => step.amount),
      `${path}.amount`,
    ),
    ...sumViolations(
      quantity,
      steps.map((step) => step.quantity),
      `${path}.quantity`,
    ),
  ];
}

function stepViolations(
  step: RatedStep,
  before: Required<Omit<Followed, 'quantity'>>,
  path: string,
): Violation[] {
  const own = `${path}.${protoName(step.kind)}`;
  const { amountBefore, quantityLeft, quantity } = kindOf(step.kind).follows?.(step) ?? {};
  return [
    ...difference(amountBefore, before.amountBefore, `${own}.amount_before`, 'the steps before'),
    ...difference(quantityLeft, before.quantityLeft, `${own}.used`, 'the steps before'),
    ...difference(quantity && step.quantity, quantity, `${path}.quantity`, 'its figures'),
    ...difference(step.amount, stepAmount(step), `${path}.amount`, 'its figures'),
  ];
}

function difference(
  claimed: Decimal | undefined,
  computed: Decimal | undefined,
  field: string,
  by: string,
): Violation[] {
  if (claimed === undefined || computed === undefined || claimed.eq(computed)) return [];
  const description = `is ${decimalText(claimed)}, but ${by} come to ${decimalText(computed)}`;
  return [{ field, description }];
}

function sumViolations(claimed: Decimal, parts: readonly Decimal[], field: string): Violation[] {
  const sum = parts.reduce((total, part) => total.add(part), ZERO);
  if (sum.eq(claimed) && parts.length > 0) return [];
  const description = `is ${decimalText(claimed)}, but its steps sum to ${decimalText(sum)}`;
  return [{ field, description }];
}
