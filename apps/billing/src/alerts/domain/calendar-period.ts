import { BillingCycles, type CycleUnit, type Period } from '@billingrails/time';

/** The UTC day, week from Monday, or month that holds the instant. */
export function calendarPeriodAt(
  unit: Extract<CycleUnit, 'day' | 'week' | 'month'>,
  ms: number,
): Period {
  const anchor = { kind: 'calendar' } as const;
  const grid = new BillingCycles({
    startMs: ms,
    timeZone: 'UTC',
    rule: { unit, count: 1, anchor },
  });
  return grid.whole(0);
}
