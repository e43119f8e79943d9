import type { When } from '@billingrails/recompute';
import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { prorationOf } from './when';

export function cancel(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  const when: When = { kind: dice.oneOf(['now', 'period_end'] as const) };
  subscriber.endMs = subscriber.fromMs(when, nowMs);
  subscriber.ends = [subscriber.endMs];
  subscriber.facts.push({ kind: 'cancelled', step, when, proration: prorationOf(dice) });
}
