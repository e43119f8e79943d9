import type { DiscountBook } from '../history';
import { minus, over, rational, times, type Rational } from '../rational';
import type { Asked } from './charge';

const HUNDRED = rational('100');

/** Less the percentages that were agreed to be let off of a fee in the cycle. */
export function letOff(
  amount: Rational,
  fee: string,
  asked: Pick<Asked, 'agreement' | 'cycle'>,
): Rational {
  return discountsIn(asked).reduce(
    (left, { percentOff, fee: only = fee }) =>
      percentOff === undefined || only !== fee
        ? left
        : times(left, over(minus(HUNDRED, rational(percentOff)), HUNDRED)),
    amount,
  );
}

/** The discounts that hold at any time of the cycle, in the order in which they began. */
export function discountsIn({
  agreement: { facts, cycles },
  cycle,
}: Pick<Asked, 'agreement' | 'cycle'>): DiscountBook[] {
  const inOrder = [...facts].sort((a, b) => a.fromMs - b.fromMs);
  return inOrder.flatMap(({ discounts = [], fromMs }) =>
    discounts.filter(({ name, cycles: many = Infinity, untilMs = Infinity }) => {
      const gone = inOrder.find(({ undiscounted }) => undiscounted === name);
      const lastMs = Math.min(untilMs, gone?.fromMs ?? Infinity);
      return (
        fromMs < cycle.endMs &&
        Math.max(cycle.startMs, fromMs) < lastMs &&
        cycle.number < cycles.at(fromMs) + many
      );
    }),
  );
}
