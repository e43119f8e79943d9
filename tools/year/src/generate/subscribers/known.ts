import type { PhaseBook, PlanBook, SubscribedBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import { otherQuantity } from './quantity';
import { DAY_MS, prorationOf } from './when';

interface Beginning {
  readonly startMs: number;
  readonly plans: readonly PlanBook[];
  cycleMs(number: number): number;
}

/** An end and phases, where they are known when a subscription begins. */
export function knownFromStart(
  dice: Dice,
  beginning: Beginning,
  plan: PlanBook,
): Pick<SubscribedBook, 'end' | 'phases'> {
  const { startMs, plans } = beginning;
  const cycleMs = (number: number) => beginning.cycleMs(number);
  const end = dice.percent(15) ? endOf(dice, startMs, cycleMs) : undefined;
  const phases: PhaseBook[] = [];
  let [fromMs, before] = [startMs, plan];
  for (let count = dice.percent(20) ? dice.whole(1, 3) : 0; count > 0; count -= 1) {
    const phase = phaseOf(
      dice,
      fromMs,
      plans.filter((other) => other !== before),
    );
    fromMs = 'ms' in phase.begins ? phase.begins.ms : cycleMs(phase.begins.afterCycles);
    const last = phases.at(-1)?.begins ?? { ms: startMs };
    const lastMs = 'ms' in last ? last.ms : cycleMs(last.afterCycles);
    if (fromMs <= lastMs || fromMs >= (end?.ms ?? Infinity)) break;
    before = plans.find(({ name }) => name === phase.plan) ?? before;
    phases.push(phase);
  }
  return { ...(end && { end }), ...(phases.length > 0 && { phases }) };
}

function endOf(dice: Dice, startMs: number, cycleMs: (number: number) => number) {
  const ms = dice.percent(30) ? cycleMs(dice.whole(1, 8)) : startMs + dice.whole(1, 250 * DAY_MS);
  return { ms, proration: prorationOf(dice) };
}

function phaseOf(dice: Dice, afterMs: number, plans: readonly PlanBook[]): PhaseBook {
  const begins = dice.percent(50)
    ? { afterCycles: dice.whole(1, 6) }
    : { ms: afterMs + dice.whole(1, 70 * DAY_MS) };
  const what = dice.oneOf(['plan', 'plan', 'quantity', 'both'] as const);
  return {
    begins,
    ...(what === 'quantity' ? {} : { plan: dice.oneOf(plans).name }),
    ...(what === 'plan' ? {} : { quantity: otherQuantity(dice, '') }),
    proration: prorationOf(dice),
  };
}
