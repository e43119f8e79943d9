import type { CancelledBook, When } from '@billingrails/recompute';
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

/** Where a term is agreed: with it, or before. */
export function cancelTermed(subscriber: Subscriber, dice: Dice, moment: Moment): void {
  const { nowMs } = moment;
  if (subscriber.term === undefined || !subscriber.isOpen(nowMs) || !dice.percent(6)) return;
  const asked = dice.oneOf(['now', 'period_end', 'at', 'term_end'] as const);
  const kind = asked === 'term_end' && !subscriber.isInTerm(nowMs) ? 'period_end' : asked;
  const ms = nowMs + dice.whole(1, 60 * DAY_MS);
  end(subscriber, dice, kind === 'at' ? { kind, ms } : { kind }, moment);
}

function end(
  subscriber: Subscriber,
  dice: Dice,
  when: CancelledBook['when'],
  { step, nowMs }: Moment,
): void {
  subscriber.endMs = subscriber.endMsOf({ when }, nowMs);
  subscriber.ends = [subscriber.endMs];
  subscriber.facts.push({ kind: 'cancelled', step, when, proration: prorationOf(dice) });
}
