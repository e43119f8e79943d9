import type { Dice } from '../dice';
import { otherQuantity } from './quantity';
import type { Moment, Subscriber } from './subscriber';
import { pauseOrResume } from './pauses';
import { prorationOf } from './when';

/** What comes at once while something else is to come: a quantity, a pause; or that what is to come does not. */
export function liveMeanwhile(subscriber: Subscriber, dice: Dice, moment: Moment): void {
  const { step, nowMs } = moment;
  const when = { kind: 'now' } as const;
  const { turns, ends, pendingMs, facts } = subscriber;
  const isEnding = ends.some((ms) => ms > nowMs);
  if (!(isEnding || pendingMs > nowMs) || !dice.percent(12)) return;
  if (dice.percent(35)) return takeBack(subscriber, dice, moment);
  if (dice.percent(30)) return pauseOrResume(subscriber, dice, moment, when);
  const quantity = otherQuantity(dice, subscriber.at(nowMs).quantity);
  facts.push({ kind: 'changed', step, quantity, when, proration: prorationOf(dice) });
  turns.push({ fromMs: nowMs, quantity });
}

/** An end, or a change of one thing: one of two has two numbers. */
function takeBack(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  const { facts } = subscriber;
  const toCome = subscriber.ends.filter((ms) => ms > nowMs);
  if (toCome.length > 0) {
    const endMs = Math.min(...toCome);
    subscriber.ends = toCome.filter((ms) => ms !== endMs);
    subscriber.endMs = Math.min(Infinity, ...subscriber.ends);
    facts.push({ kind: 'undone', step, what: 'cancelled', ofMs: endMs });
    return;
  }
  const single = subscriber.turns.filter(
    ({ fromMs, plan, quantity }) =>
      fromMs > nowMs && (plan === undefined || quantity === undefined),
  );
  if (single.length === 0) return;
  const turn = dice.oneOf(single);
  // Of two at one instant only one is meant.
  if (subscriber.turns.some((each) => each !== turn && each.fromMs === turn.fromMs)) return;
  subscriber.turns = subscriber.turns.filter((each) => each !== turn);
  subscriber.pendingMs = Math.max(...subscriber.turns.map(({ fromMs }) => fromMs));
  facts.push({ kind: 'undone', step, what: 'changed', ofMs: turn.fromMs });
}
