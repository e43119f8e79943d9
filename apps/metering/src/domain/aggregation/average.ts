import { amountOfShare } from './amount';
import { sum } from './sum';
import type { Aggregation } from './usage-state';

/** The exact sum divided by the number of events. */
export const average: Aggregation = {
  ...sum,
  amount: ({ own: { quantity, eventCount } }) =>
    eventCount === 0 ? undefined : amountOfShare(quantity ?? 0n, eventCount),
};
