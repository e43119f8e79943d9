import { decimal, type Decimal } from '@billingrails/money';
import { count, exact, list, record } from '../../plain';
import { billable } from '../parts';
import { stepKind, type OwnFields, type StepFigures } from '../step';

/** Units that an earlier cycle included and did not use. */
export interface CarriedUnits {
  /** Which cycle included them. */
  readonly cycle: bigint;
  readonly units: Decimal;
}

/** Units of earlier cycles: its quantity is what of them was used, the oldest first, and costs nothing. */
export interface RolledOverStep extends StepFigures {
  readonly kind: 'rolledOver';
  readonly used: Decimal;
  /** The oldest first. */
  readonly carried: readonly CarriedUnits[];
}

const ZERO = decimal(0n);

export function unitsOfAll(carried: readonly CarriedUnits[]): Decimal {
  return carried.reduce((sum, { units }) => sum.add(units), ZERO);
}

export const rolledOverStep = stepKind<RolledOverStep>()({
  plain: record<OwnFields<RolledOverStep>>()({
    used: exact,
    carried: list(record<CarriedUnits>()({ cycle: count, units: exact })),
  }),
  amountOf: () => ZERO,
  follows: ({ used, carried }) => ({
    quantityLeft: used,
    quantity: used.sub(billable(used, unitsOfAll(carried))),
  }),
});
