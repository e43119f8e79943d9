import { minus, over, rational, times, type Rational } from '../rational';
import type { Asked } from './charge';

const HUNDRED = rational('100');

/** Less what was agreed to be let off of all fees of the subscription in the cycle. */
export function letOff(
  amount: Rational,
  { agreement, cycle }: Pick<Asked, 'agreement' | 'cycle'>,
): Rational {
  const { discounts = [] } = agreement.facts[0] ?? {};
  const held = discounts.filter(
    ({ cycles = Infinity, untilMs = Infinity }) => cycle.number < cycles && cycle.startMs < untilMs,
  );
  return held.reduce(
    (left, { percentOff }) => times(left, over(minus(HUNDRED, rational(percentOff)), HUNDRED)),
    amount,
  );
}
