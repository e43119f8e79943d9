import { CycleUnit } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { CycleBook } from '@billingrails/recompute';

/** What cycles are counted in, as the contract has it. */
export const CYCLE_UNITS: Record<CycleBook['unit'], CycleUnit> = {
  day: CycleUnit.DAY,
  week: CycleUnit.WEEK,
  month: CycleUnit.MONTH,
  quarter: CycleUnit.QUARTER,
  half_year: CycleUnit.HALF_YEAR,
  year: CycleUnit.YEAR,
};
