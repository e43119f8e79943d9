import type { DiscountBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { DAY_MS, whenOf } from './when';

/** A discount that begins, or one that is taken away, perhaps before it begins. */
export function liveDiscounts(subscriber: Subscriber, dice: Dice, { step, nowMs }: Moment): void {
  if (!dice.percent(7)) return;
  const when = whenOf(dice, nowMs);
  const ms = subscriber.fromMs(when, nowMs);
  if (ms >= subscriber.endMs) return;
  const { facts } = subscriber;
  const names = facts.flatMap((fact) => {
    if (fact.kind === 'subscribed') return (fact.discounts ?? []).map(({ name }) => name);
    return fact.kind === 'discounted' ? [fact.discount.name] : [];
  });
  const gone = facts.flatMap((fact) => (fact.kind === 'undiscounted' ? [fact.discount] : []));
  const left = names.filter((name) => !gone.includes(name));
  if (left.length > 0 && dice.percent(35)) {
    facts.push({ kind: 'undiscounted', step, discount: dice.oneOf(left), when });
    return;
  }
  const { fees } = subscriber.at(nowMs).plan;
  const only = dice.percent(40) ? { fee: dice.oneOf(fees).name } : {};
  const discount: DiscountBook = {
    ...{ name: `Discount ${names.length + 1}`, ...only, ...lasting(dice, ms) },
    ...(dice.percent(40)
      ? { percentOff: dice.oneOf(['10', '33.3', '100']) }
      : { amountOff: dice.oneOf(['0.5', '7.25', '40', '1000']) }),
  };
  facts.push({ kind: 'discounted', step, discount, when });
}

function lasting(dice: Dice, ms: number): Pick<DiscountBook, 'cycles' | 'untilMs'> {
  if (dice.percent(30)) return {};
  if (dice.percent(50)) return { cycles: dice.whole(1, 3) };
  return { untilMs: ms + dice.whole(1, 70 * DAY_MS) };
}
