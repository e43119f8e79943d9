import { amountOfCount } from './amount';
import { eventCountOf, NO_USAGE, type Aggregation } from './usage-state';

/** The number of events. */
export const count: Aggregation = {
  ofEvents: (samples) => ({ ...NO_USAGE, eventCount: samples.length }),
  merge: (states) => ({ ...NO_USAGE, eventCount: eventCountOf(states) }),
  amount: ({ own }) => amountOfCount(own.eventCount),
};
