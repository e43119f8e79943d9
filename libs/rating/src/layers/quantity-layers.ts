import type { Decimal } from '@billingrails/money';
import { unitsOf } from '../steps/kinds/divided';
import { unitsOfAll, type CarriedUnits } from '../steps/kinds/rolled-over';
import { billable } from '../steps/parts';
import { makeStep, type RatedStep } from '../steps/registry';
import type { Terms } from './terms';

/** What of a quantity a price is applied to, and the steps that led there. */
export interface LayeredQuantity {
  readonly quantity: Decimal;
  readonly steps: readonly RatedStep[];
}

/** Counts the quantity in greater units, rounded as is said. */
export function divide(used: Decimal, { divisor, rounding }: Terms): LayeredQuantity {
  if (divisor === undefined) return { quantity: used, steps: [] };
  const units = unitsOf(used, divisor, rounding);
  const step = makeStep({
    kind: 'divided',
    quantity: used.sub(units),
    used,
    divisor,
    ...(rounding === undefined ? {} : { rounding }),
  });
  return { quantity: units, steps: [step] };
}

/** Takes what earlier cycles left of their included units off a quantity above zero, the oldest first. */
export function takeCarried(
  used: Decimal,
  { rolloverCycles }: Terms,
  carried: readonly CarriedUnits[],
): LayeredQuantity {
  if (rolloverCycles === undefined) return { quantity: used, steps: [] };
  const quantity = billable(used, unitsOfAll(carried));
  const step = makeStep({ kind: 'rolledOver', quantity: used.sub(quantity), used, carried });
  return { quantity, steps: [step] };
}

/** Takes the included units off a quantity above zero. */
export function takeIncluded(used: Decimal, { includedUnits }: Terms): LayeredQuantity {
  if (includedUnits === undefined) return { quantity: used, steps: [] };
  const quantity = billable(used, includedUnits);
  const step = makeStep({
    kind: 'included',
    quantity: used.sub(quantity),
    used,
    included: includedUnits,
  });
  return { quantity, steps: [step] };
}
