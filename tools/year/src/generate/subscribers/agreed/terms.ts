import type { TermBook } from '@billingrails/recompute';
import type { Dice } from '../../dice';
import { DAY_MS, prorationOf } from '../when';

/** Of four subscriptions one is agreed for a minimum term; where it changes later, that is renewed. */
export function termOf(
  dice: Dice,
  { startMs, renews }: { readonly startMs: number; readonly renews: boolean },
): TermBook | undefined {
  if (!dice.percent(25)) return undefined;
  const first = dice.oneOf([
    { cycles: dice.whole(1, 6) },
    { months: dice.whole(1, 8) },
    { ms: startMs + dice.whole(20, 200) * DAY_MS + dice.whole(0, DAY_MS) },
  ]);
  const renewal = dice.oneOf([{ cycles: dice.whole(1, 4) }, { months: dice.whole(1, 6) }]);
  const ends = dice.percent(20) && !renews;
  return {
    ...{ first, ...(ends ? {} : { renewal }), endProration: prorationOf(dice) },
    noticeDays: dice.oneOf([0, 10, 30]),
    early: dice.oneOf([
      ...(['not_before_end', 'free', 'remaining_fees', 'remaining_fees'] as const),
      { amount: dice.decimal(90, 3) },
    ]),
  };
}
