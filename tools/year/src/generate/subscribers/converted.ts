import type { When } from '@billingrails/recompute';
import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { prorationOf, whenOf } from './when';

/** Once only: the trial is over for the generator, whenever it ends. */
export function convert(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  const asked = whenOf(dice, nowMs);
  const endMs = Math.min(Infinity, ...subscriber.ends);
  // What comes after the end is refused.
  const when: When = subscriber.fromMs(asked, nowMs) < endMs ? asked : { kind: 'now' };
  subscriber.trialUntilMs = -Infinity;
  subscriber.endMs = endMs;
  subscriber.facts.push({ kind: 'converted', step, when, proration: prorationOf(dice) });
}
