import type { When } from '@billingrails/recompute';
import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { DAY_MS, prorationOf } from './when';

/** At once or with the cycle. */
export function cancel(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  const when: When = { kind: dice.oneOf(['now', 'period_end'] as const) };
  end(subscriber, dice, when, { step, nowMs });
}

/** At an instant to come. */
export function cancelAtTime(subscriber: Subscriber, dice: Dice, moment: Moment): void {
  if (!subscriber.isOpen(moment.nowMs) || !dice.percent(1)) return;
  const ms = moment.nowMs + dice.whole(1, 60 * DAY_MS);
  end(subscriber, dice, { kind: 'at', ms }, moment);
}

function end(subscriber: Subscriber, dice: Dice, when: When, { step, nowMs }: Moment): void {
  subscriber.endMs = subscriber.fromMs(when, nowMs);
  subscriber.ends = [subscriber.endMs];
  subscriber.facts.push({ kind: 'cancelled', step, when, proration: prorationOf(dice) });
}
