import type { DiscountBook } from '@billingrails/recompute';
import type { Dice } from '../../dice';
import { DAY_MS } from '../when';

/** Of five subscriptions one has a discount of its own, or two one after the other. */
export function discountsOf(
  dice: Dice,
  startMs: number,
): { readonly discounts?: readonly DiscountBook[] } {
  if (!dice.percent(20)) return {};
  const first = discountOf(dice, startMs);
  return { discounts: dice.percent(40) ? [first, discountOf(dice, startMs)] : [first] };
}

function discountOf(dice: Dice, startMs: number): DiscountBook {
  const percentOff = dice.oneOf(['5', '12.5', '33.3', '100']);
  if (dice.percent(20)) return { percentOff };
  if (dice.percent(50)) return { percentOff, cycles: dice.whole(1, 6) };
  return { percentOff, untilMs: startMs + dice.whole(1, 200 * DAY_MS) };
}
