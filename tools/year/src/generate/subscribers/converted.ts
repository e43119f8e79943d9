import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { prorationOf, whenOf } from './when';

/** Once only: the trial is over for the generator, whenever it ends. */
export function convert(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  const when = whenOf(dice, nowMs);
  subscriber.trialUntilMs = -Infinity;
  subscriber.endMs = Infinity;
  subscriber.facts.push({ kind: 'converted', step, when, proration: prorationOf(dice) });
}
