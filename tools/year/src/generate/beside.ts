import type { SubscriptionBook } from '@billingrails/recompute';
import type { Dice } from './dice';
import type { Subscriber } from './subscribers';

/** Of every four accounts one has another subscription with the same cycles as its first: their bills are joint. */
export const isDouble = (index: number): boolean => index % 4 === 2;

/** Those other subscriptions. */
export function besides(subscribers: readonly Subscriber[], dice: Dice): SubscriptionBook[] {
  return subscribers
    .filter((_, index) => isDouble(index))
    .flatMap(({ account, timeZone, cycles, startMs, facts: [first] }): SubscriptionBook[] => {
      if (first?.kind !== 'subscribed') return [];
      const { step, plan, currency } = first;
      const quantity = String(dice.whole(1, 12));
      const name = `${account} beside`;
      const said = { kind: 'subscribed', step, plan, quantity, startMs } as const;
      const facts = [{ ...said, ...(currency === undefined ? {} : { currency }) }];
      return [{ name, account, timeZone, cycles, facts }];
    });
}
