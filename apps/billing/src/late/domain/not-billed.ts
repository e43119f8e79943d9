import type { Bill } from '../../bills/domain/posted-bill';
import type { Subscription } from '../../subscriptions/domain/subscription';

/** Something that is not billed as it is owed, and why. */
export type NotBilled = {
  readonly subscription: Pick<Subscription, 'id' | 'accountId'>;
} & (
  | { readonly cause: 'due'; readonly dueMs: number }
  | { readonly cause: 'waiting' | 'window_closed' | 'untold'; readonly bill: Bill }
);

/** Something that was found, or how far it is. */
export interface SweptSoFar {
  readonly found?: NotBilled;
  readonly accountCount: number;
  readonly subscriptionCount: number;
  readonly complete: boolean;
}
