import { negated, rational } from '../rational';
import { WHOLE, type Asked, type Charge, type Due, type Part } from './charge';

/** What is charged or credited by hand in a cycle. */
export function chargesByHand({ agreement, cycle, untilMs }: Asked): Due {
  const charges = agreement.facts.flatMap(({ byHand, fromMs }): Charge[] => {
    if (byHand === undefined || fromMs > untilMs) return [];
    if (agreement.cycles.at(fromMs) !== cycle.number) return [];
    const { step, description, amount: text } = byHand;
    const amount = rational(text);
    const credited = amount.of < 0n;
    const part: Part = {
      startMs: cycle.startMs,
      endMs: cycle.endMs,
      quantity: rational('1'),
      credited,
      ...WHOLE,
      whole: credited ? negated(amount) : amount,
    };
    const id = `by hand/${step}/${description}`;
    return [{ id, feeCycle: id, kind: 'ONE_OFF', cycle: cycle.number, description, parts: [part] }];
  });
  return { charges, waiting: new Set() };
}
