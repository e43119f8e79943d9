import type { Dice } from '../dice';

/** A quantity that is not the one there is. */
export function otherQuantity(dice: Dice, than: string): string {
  for (;;) {
    const quantity = dice.percent(15) ? dice.oneOf(['0', '2.5']) : String(dice.whole(1, 12));
    if (quantity !== than) return quantity;
  }
}
