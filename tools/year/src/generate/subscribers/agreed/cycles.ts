import { instantOf, type CycleBook } from '@billingrails/recompute';
import type { Dice } from '../../dice';
import { DAY_MS } from '../when';

const LEAP_DAY_WALL_MS = Date.UTC(2024, 1, 29, 10);

const MONTHLY: CycleBook = {
  unit: 'month',
  count: 1,
  anchor: { kind: 'start' },
  firstProration: 'day',
};

/** Most are monthly from the start. */
export function cyclesOf(dice: Dice, startMs: number): CycleBook {
  if (dice.percent(55)) return MONTHLY;
  const firstProration = dice.oneOf(['second', 'day', 'none'] as const);
  const ms = startMs + dice.whole(-40 * DAY_MS, 40 * DAY_MS);
  const date = {
    kind: 'date',
    month: dice.whole(1, 12),
    day: dice.oneOf([1, 15, 30, 31]),
  } as const;
  return dice.oneOf<CycleBook>([
    { unit: 'week', count: 2, anchor: { kind: 'start' }, firstProration },
    { unit: 'week', count: 1, anchor: { kind: 'weekday', day: dice.whole(1, 7) }, firstProration },
    { unit: 'day', count: 10, anchor: { kind: 'time', ms }, firstProration },
    { unit: 'month', count: 1, anchor: { kind: 'time', ms }, firstProration },
    { unit: 'month', count: 1, anchor: { ...date, month: 1 }, firstProration },
    { unit: 'quarter', count: 1, anchor: date, firstProration },
    { unit: 'half_year', count: 1, anchor: date, firstProration },
  ]);
}

/** Of twelve one has years instead, from a date or from a 29 February. */
export function orYears(dice: Dice, cycles: CycleBook, timeZone: string): CycleBook {
  if (!dice.percent(8)) return cycles;
  const date = { kind: 'date', month: dice.whole(1, 12), day: dice.oneOf([1, 29, 31]) } as const;
  const leapDay = { kind: 'time', ms: instantOf(LEAP_DAY_WALL_MS, timeZone) } as const;
  return { ...cycles, unit: 'year', count: 1, anchor: dice.percent(50) ? date : leapDay };
}
