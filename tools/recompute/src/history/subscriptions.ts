import type { FactBook } from '../facts';
import type { CycleBook } from './cycles';

export interface SubscriptionBook {
  readonly name: string;
  readonly account: string;
  readonly timeZone: string;
  readonly cycles: CycleBook;
  /** In the order in which they were said; the first is that it was subscribed. At most one in a step. */
  readonly facts: readonly FactBook[];
}
