import type { PlanBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { prorationOf, whenOf } from './when';

/** Another plan, quantity or both; to a version of the same plan it may be said as a migration. */
export function change(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  const what = dice.oneOf(['plan', 'quantity', 'both'] as const);
  const others = subscriber.plans.filter((plan) => plan !== subscriber.plan);
  const versions = others.filter((plan) => isVersionOf(plan, subscriber.plan));
  const near = versions.length > 0 && dice.percent(40);
  const plan = dice.oneOf(near ? versions : others);
  const quantity = otherQuantity(dice, subscriber.quantity);
  const when = whenOf(dice, nowMs);
  subscriber.pendingMs = subscriber.fromMs(when, nowMs);
  subscriber.facts.push({
    kind: 'changed',
    step,
    ...(what === 'quantity' ? {} : { plan: plan.name }),
    ...(what === 'plan' ? {} : { quantity }),
    when,
    proration: prorationOf(dice),
    ...(what === 'plan' && when.kind !== 'at' && isVersionOf(plan, subscriber.plan)
      ? { migrates: true }
      : {}),
  });
  if (what !== 'quantity') subscriber.plan = plan;
  if (what !== 'plan') subscriber.quantity = quantity;
}

export function otherQuantity(dice: Dice, than: string): string {
  for (;;) {
    const quantity = dice.percent(15) ? dice.oneOf(['0', '2.5']) : String(dice.whole(1, 12));
    if (quantity !== than) return quantity;
  }
}

function isVersionOf(plan: PlanBook, of: PlanBook): boolean {
  return plan.versionOf === of.name || of.versionOf === plan.name;
}
