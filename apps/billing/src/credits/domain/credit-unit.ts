import type { CreditUnitId } from '@billingrails/ids';
import type { Violation } from '@billingrails/errors';
import type { Decimal } from '@billingrails/money';
import type { MeterProfile } from '../../catalogue/domain/fee';

/** What becomes of usage that no grant covers: it stays so, or the next grants pay it back first. */
export type Overage = 'left' | 'borrowed';

/** How many credits a unit of usage burns. */
export interface CreditRate {
  readonly meterProfile: MeterProfile;
  /** Above 0. */
  readonly amount: Decimal;
}

/** What credits are counted in, and how usage burns them. */
export interface CreditUnit {
  readonly id: CreditUnitId;
  /** Unique in the organisation. */
  readonly code: string;
  readonly name: string;
  /** At least one; each meter profile once. */
  readonly rates: readonly CreditRate[];
  readonly overage: Overage;
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** What is wrong with the rates of a unit; empty when nothing is. */
export function rateViolations(rates: readonly CreditRate[]): Violation[] {
  const keys = rates.map(({ meterProfile: { meterId, profile } }) => `${meterId} ${profile}`);
  return rates.flatMap(({ amount }, index) => [
    ...(amount.isZero()
      ? [{ field: `rates[${index}].amount`, description: 'must be above 0' }]
      : []),
    ...(keys.indexOf(keys[index] ?? '') < index
      ? [{ field: `rates[${index}].meter_profile`, description: 'stands in an earlier rate' }]
      : []),
  ]);
}
