import type { DiscountBook } from '@billingrails/recompute';
import type { Dice } from '../../dice';
import { DAY_MS } from '../when';

/** Of five subscriptions one has a discount of its own, or two one after the other. */
export function discountsOf(
  dice: Dice,
  startMs: number,
): { readonly discounts?: readonly DiscountBook[] } {
  if (!dice.percent(20)) return {};
  const first = discountOf(dice, startMs, 'Discount 1');
  const both = () => [first, discountOf(dice, startMs, 'Discount 2')];
  return { discounts: dice.percent(40) ? both() : [first] };
}

function discountOf(dice: Dice, startMs: number, name: string): DiscountBook {
  const percentOff = dice.oneOf(['5', '12.5', '33.3', '100']);
  if (dice.percent(20)) return { name, percentOff };
  if (dice.percent(50)) return { name, percentOff, cycles: dice.whole(1, 6) };
  return { name, percentOff, untilMs: startMs + dice.whole(1, 200 * DAY_MS) };
}
