import type { TrialBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { DAY_MS, prorationOf, whenOf } from './when';

/** Of six one begins with a trial, which ends with its subscription or goes on. */
export function trialOf(dice: Dice, startMs: number): TrialBook | undefined {
  if (!dice.percent(16)) return undefined;
  return {
    endMs: startMs + dice.whole(1, 50 * DAY_MS),
    billed: dice.oneOf(['nothing', 'nothing', 'usage', 'recurring'] as const),
    converts: dice.percent(70),
  };
}

/** Once only: the trial is over for the generator, whenever it ends. */
export function convert(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  const when = whenOf(dice, nowMs);
  subscriber.trialUntilMs = -Infinity;
  subscriber.endMs = Infinity;
  subscriber.facts.push({ kind: 'converted', step, when, proration: prorationOf(dice) });
}
