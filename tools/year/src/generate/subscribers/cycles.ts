import type { CycleBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import { DAY_MS } from './when';

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
