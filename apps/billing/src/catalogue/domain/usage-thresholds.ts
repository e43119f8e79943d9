import type { Violation } from '@billingrails/errors';
import { isCurrency, minorDigits, toMoney, type Decimal } from '@billingrails/money';

/** What the usage of a cycle may come to before it is billed though the cycle has not ended. */
export interface UsageThresholds {
  /** In major units of the currency, in whole minor units, rising. None: usage is billed when its cycle has ended. */
  readonly amounts: readonly Decimal[];
  /** Beyond the last of them again after every further so much. Unset: not again. */
  readonly furtherStep?: Decimal;
}

/** What of a cycle's usage has been billed, and what it comes to, in minor units. */
export interface BilledAndOwed {
  readonly billed: bigint;
  readonly owed: bigint;
  /** ISO 4217. */
  readonly currencyCode: string;
}

/**
 * Whether a threshold lies above what has been billed that what is owed has reached. So each of them bills once,
 * whatever is taken back in between.
 */
export function reachesThreshold(
  { amounts, furtherStep }: UsageThresholds,
  { billed, owed, currencyCode }: BilledAndOwed,
): boolean {
  const minorUnits = (amount: Decimal) => toMoney(amount, currencyCode).minorUnits;
  const steps = amounts.map(minorUnits);
  if (steps.some((step) => billed < step && step <= owed)) return true;
  const last = steps.at(-1);
  if (furtherStep === undefined || last === undefined || owed <= last) return false;
  const further = minorUnits(furtherStep);
  const reached = last + further * ((owed - last) / further);
  return reached > last && billed < reached;
}

/** All that is wrong with thresholds of a currency, by path. */
export function thresholdViolations(
  { amounts, furtherStep }: UsageThresholds,
  currencyCode: string,
  path: string,
): Violation[] {
  const violations: Violation[] = [];
  const refuse = (field: string, description: string) =>
    violations.push({ field: `${path}.${field}`, description });
  const refuseUneven = (field: string, amount: Decimal) => {
    if (amount.isZero()) refuse(field, 'must be more than 0');
    else if (isCurrency(currencyCode) && amount.fractionDigits() > minorDigits(currencyCode))
      refuse(field, `must be whole minor units of ${currencyCode}`);
  };
  for (const [index, amount] of amounts.entries()) {
    refuseUneven(`amounts[${index}]`, amount);
    const before = amounts[index - 1];
    if (before !== undefined && !amount.gt(before))
      refuse(`amounts[${index}]`, 'must be more than the amount before it');
  }
  if (furtherStep === undefined) return violations;
  refuseUneven('further_step', furtherStep);
  if (amounts.length === 0) refuse('further_step', 'must be empty where there are no amounts');
  return violations;
}
