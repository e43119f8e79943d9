import type { TrialBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import { DAY_MS } from './when';

/** Of six one begins with a trial, which ends with its subscription or goes on. */
export function trialOf(dice: Dice, startMs: number): TrialBook | undefined {
  if (!dice.percent(16)) return undefined;
  return {
    endMs: startMs + dice.whole(1, 50 * DAY_MS),
    billed: dice.oneOf(['nothing', 'nothing', 'usage', 'recurring'] as const),
    converts: dice.percent(70),
  };
}
