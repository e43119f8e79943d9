import type { When } from '@billingrails/recompute';
import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { DAY_MS, prorationOf, whenOf } from './when';

/** There is at most one pause at a time, with those that are to come. */
export function pauseOrResume(
  subscriber: Subscriber,
  dice: Dice,
  { step, nowMs }: Moment,
  when: When = whenOf(dice, nowMs),
): void {
  const fromMs = subscriber.fromMs(when, nowMs);
  const proration = prorationOf(dice);
  const { pausedFromMs, pausedUntilMs, facts } = subscriber;
  if (pausedUntilMs > nowMs) {
    // A pause that has not begun by then never comes.
    const never = pausedFromMs > nowMs && fromMs <= pausedFromMs;
    subscriber.pausedUntilMs = never ? nowMs : fromMs;
    facts.push({ kind: 'resumed', step, when, proration });
    return;
  }
  const resume = dice.percent(50) ? { resumeMs: fromMs + dice.whole(1, 50 * DAY_MS) } : {};
  const billed = dice.oneOf(['nothing', 'nothing', 'recurring', 'usage'] as const);
  subscriber.pausedFromMs = fromMs;
  subscriber.pausedUntilMs = resume.resumeMs ?? Infinity;
  facts.push({ kind: 'paused', step, when, ...resume, billed, proration });
}
