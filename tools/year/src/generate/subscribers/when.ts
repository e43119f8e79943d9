import type { Proration, When } from '@billingrails/recompute';
import type { Dice } from '../dice';

export const DAY_MS = 86_400_000;

export function whenOf(dice: Dice, nowMs: number): When {
  if (dice.percent(60)) return { kind: 'now' };
  return dice.percent(50)
    ? { kind: 'period_end' }
    : { kind: 'at', ms: nowMs + dice.whole(1, 40 * DAY_MS) };
}

export function prorationOf(dice: Dice): Proration {
  return dice.oneOf(['second', 'second', 'day', 'day', 'none'] as const);
}
