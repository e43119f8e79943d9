import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { DAY_MS, prorationOf } from './when';

/** What is to come whatever else is: a plan or a quantity that may be so already, an end after one that is known. */
export function agreeAhead(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  if (!dice.percent(4)) return;
  const { facts, plans, turns, ends, term } = subscriber;
  const ms = nowMs + dice.whole(1, 60 * DAY_MS);
  const proration = prorationOf(dice);
  if (ends.some((end) => nowMs < end && end < ms)) {
    if (term !== undefined) return;
    facts.push({ kind: 'cancelled', step, when: { kind: 'at', ms }, proration });
    subscriber.ends = [...ends, ms];
    return;
  }
  if (ms >= subscriber.endMs) return;
  const now = subscriber.at(nowMs);
  const quantity = dice.percent(60) ? now.quantity : String(dice.whole(1, 12));
  const plan = dice.percent(60) ? now.plan : dice.oneOf(plans);
  const what = dice.percent(50) ? { quantity } : { plan };
  facts.push({
    ...{ kind: 'changed', step, when: { kind: 'at', ms }, proration },
    ...('plan' in what ? { plan: what.plan.name } : what),
  });
  turns.push({ fromMs: ms, ...what });
  subscriber.pendingMs = Math.max(subscriber.pendingMs, ms);
}
