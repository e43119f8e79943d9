import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';

export function chargeByHand({ plans, facts }: Subscriber, dice: Dice, { step }: Moment): void {
  const size = dice.decimal(20, (plans[0]?.digits ?? 0) + 1);
  const amount = dice.percent(40) ? `-${size}` : size;
  const description = `By hand in step ${step}`;
  facts.push({ kind: 'one_off', step, description, amount, billNow: dice.percent(50) });
}
