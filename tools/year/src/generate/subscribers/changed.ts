import type { PlanBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import { otherQuantity } from './quantity';
import type { Moment, Subscriber } from './subscriber';
import { prorationOf, whenOf } from './when';

/** Another plan, quantity or both; to a version of the same plan it may be said as a migration. */
export function change(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  const what = dice.oneOf(['plan', 'quantity', 'both'] as const);
  const before = subscriber.at(nowMs);
  const others = subscriber.plans.filter((each) => each !== before.plan);
  const versions = others.filter((each) => isVersionOf(each, before.plan));
  const near = versions.length > 0 && dice.percent(40);
  const plan = dice.oneOf(near ? versions : others);
  const quantity = otherQuantity(dice, before.quantity);
  const when = whenOf(dice, nowMs);
  const fromMs = subscriber.fromMs(when, nowMs);
  subscriber.pendingMs = fromMs;
  subscriber.facts.push({
    kind: 'changed',
    step,
    ...(what === 'quantity' ? {} : { plan: plan.name }),
    ...(what === 'plan' ? {} : { quantity }),
    when,
    proration: prorationOf(dice),
    ...(what === 'plan' && when.kind !== 'at' && isVersionOf(plan, before.plan)
      ? { migrates: true }
      : {}),
  });
  subscriber.turns.push({
    fromMs,
    ...(what === 'quantity' ? {} : { plan }),
    ...(what === 'plan' ? {} : { quantity }),
  });
}

function isVersionOf(plan: PlanBook, of: PlanBook): boolean {
  return plan.versionOf === of.name || of.versionOf === plan.name;
}
