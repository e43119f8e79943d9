import type { PlanBook } from '@billingrails/recompute';
import type { Dice, Dices } from '../dice';
import { liveBesides } from './besides';
import { chargeByHand } from './by-hand';
import { cancel, cancelAtTime, cancelTermed } from './cancelled';
import { change } from './changed';
import { liveDiscounts } from './discounted';
import { liveMeanwhile } from './meanwhile';
import { convert } from './converted';
import { pauseOrResume } from './pauses';
import { agreeAhead } from './to-come';
import type { Moment, Subscriber } from './subscriber';

/** What may be said of a subscription in a step, if it can be then. */
type Live = (subscriber: Subscriber, dice: Dice, moment: Moment) => void;

/**
 * More that may be said, a file a subject: each has dice of its own, so that the others say the same with it and
 * without it, and its turn in steps in which nothing has been said.
 */
const subjectsOf = (
  addOns: readonly PlanBook[],
): readonly { readonly name: string; readonly live: Live }[] => [
  { name: 'meanwhile', live: liveMeanwhile },
  { name: 'cancelled at a time', live: cancelAtTime },
  { name: 'cancelled in a term', live: cancelTermed },
  { name: 'besides the plan', live: liveBesides(addOns) },
  { name: 'to come', live: agreeAhead },
  { name: 'discounts of fees', live: liveDiscounts },
];

/** Perhaps something new is agreed; at most one thing in a step, so that all know in which order. */
export function living(dices: Dices, addOns: readonly PlanBook[]) {
  const subjects = subjectsOf(addOns);
  return (subscriber: Subscriber, moment: Moment): void => {
    if (!subscriber.isLive(moment.nowMs)) return;
    liveAsEver(subscriber, dices.main, moment);
    for (const subject of subjects)
      if (!subscriber.hasSpoken(moment.step))
        subject.live(subscriber, dices.of(subject.name), moment);
  };
}

function liveAsEver(subscriber: Subscriber, dice: Dice, moment: Moment): void {
  const { nowMs } = moment;
  if (!dice.percent(9)) return;
  if (dice.percent(25)) return chargeByHand(subscriber, dice, moment);
  const cancelled = subscriber.facts.some(({ kind }) => kind === 'cancelled');
  if (!cancelled && nowMs < subscriber.trialUntilMs && dice.percent(50))
    return convert(subscriber, dice, moment);
  if (!subscriber.isOpen(nowMs)) return;
  if (dice.percent(35)) return pauseOrResume(subscriber, dice, moment);
  if (dice.percent(7)) cancel(subscriber, dice, moment);
  else change(subscriber, dice, moment);
}

export { Subscriber } from './subscriber';
