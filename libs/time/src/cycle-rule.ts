import type { Violation } from '@billingrails/errors';

/** What cycles are counted in. A quarter is three months, a half-year six. */
export type CycleUnit = 'day' | 'week' | 'month' | 'quarter' | 'half_year' | 'year';

/** Every cycle lasts `count` units, from a boundary of the anchor's grid to the next. */
export interface CycleRule {
  readonly unit: CycleUnit;
  /** At least 1, at most `CYCLE_COUNT_MAX` of the unit. */
  readonly count: number;
  readonly anchor: CycleAnchor;
}

/**
 * Where the grid of boundaries lies. start: at the start, so that the first cycle is a whole one. instant: at that
 * instant and every cycle before and after it. calendar: at midnight where the calendar's own unit begins. With the
 * last two the first cycle is short unless the start lies on a boundary.
 */
export type CycleAnchor =
  { readonly kind: 'start' } | { readonly kind: 'instant'; readonly ms: number } | CalendarAnchor;

export interface CalendarAnchor {
  readonly kind: 'calendar';
  /** 1 for Monday (where unset) to 7 for Sunday. For weeks only. */
  readonly weekday?: number;
  /** 1 (where unset) to 31, in a shorter month its last day. For months, quarters, half-years and years. */
  readonly dayOfMonth?: number;
  /** 1 for January (where unset) to 12: a month in which a cycle begins. For quarters, half-years and years. */
  readonly month?: number;
}

/** Cycles of one month, counted from the start. */
export const MONTHLY: CycleRule = { unit: 'month', count: 1, anchor: { kind: 'start' } };

/** Months in each unit that is counted in months. */
export const MONTHS = { month: 1, quarter: 3, half_year: 6, year: 12 } as const;

/** The most units of a cycle: about ten years of each. */
export const CYCLE_COUNT_MAX: Readonly<Record<CycleUnit, number>> = {
  day: 3_660,
  week: 520,
  month: 120,
  quarter: 40,
  half_year: 20,
  year: 10,
};

/** All that is wrong with a rule, by the names of its fields under `path`. */
export function cycleRuleViolations({ unit, count, anchor }: CycleRule, path: string): Violation[] {
  const countMax = CYCLE_COUNT_MAX[unit];
  const counted = inRange(count, countMax)
    ? []
    : [{ field: `${path}.count`, description: `must be from 1 to ${countMax} for this unit` }];
  return anchor.kind === 'calendar'
    ? [...counted, ...calendarViolations(unit, anchor, `${path}.calendar`)]
    : counted;
}

function calendarViolations(unit: CycleUnit, anchor: CalendarAnchor, path: string): Violation[] {
  const byMonths = unit !== 'day' && unit !== 'week';
  const rules = [
    { field: 'weekday', value: anchor.weekday, max: 7, wanted: unit === 'week', of: 'weeks' },
    {
      field: 'day_of_month',
      value: anchor.dayOfMonth,
      max: 31,
      wanted: byMonths,
      of: 'months and what is counted in them',
    },
    {
      field: 'month',
      value: anchor.month,
      max: 12,
      wanted: byMonths && unit !== 'month',
      of: 'quarters, half-years and years',
    },
  ];
  return rules.flatMap(({ field, value, max, wanted, of }) => {
    if (value === undefined) return [];
    if (!wanted)
      return [{ field: `${path}.${field}`, description: `must be left out: it is for ${of}` }];
    return inRange(value, max)
      ? []
      : [{ field: `${path}.${field}`, description: `must be from 1 to ${max}` }];
  });
}

function inRange(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max;
}
