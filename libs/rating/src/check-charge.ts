import type { Violation } from '@billingrails/errors';
import { decimal, decimalText, type Decimal } from '@billingrails/money';
import type { RatedCharge } from './rate';
import { stepAmount, type RatedStep } from './steps/registry';

/**
 * What does not hold in the arithmetic of a charge, by proto path under `path`: each step is computed again by the very
 * code that made it, and the steps must sum to the charge.
 */
export function chargeViolations(charge: RatedCharge, path: string): Violation[] {
  const { steps, amount, quantity } = charge;
  return [
    ...steps.flatMap((step, index) => stepViolations(step, `${path}.steps[${index}]`)),
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

function stepViolations(step: RatedStep, path: string): Violation[] {
  const computed = stepAmount(step);
  if (computed.eq(step.amount)) return [];
  const description = `is ${decimalText(step.amount)}, but its figures come to ${decimalText(computed)}`;
  return [{ field: `${path}.amount`, description }];
}

function sumViolations(claimed: Decimal, parts: readonly Decimal[], field: string): Violation[] {
  const sum = parts.reduce((total, part) => total.add(part), decimal(0n));
  if (sum.eq(claimed) && parts.length > 0) return [];
  const description = `is ${decimalText(claimed)}, but its steps sum to ${decimalText(sum)}`;
  return [{ field, description }];
}
