import type { AccessBook, FeatureBook } from './access';
import type { AccountBook } from './accounts';
import type { AlertBook } from './alerts';
import type { PlanBook, PriceCorrectionBook } from './catalogue';
import type { CreditsBook } from './credits';
import type { CorrectionBook, EventBook } from './events';
import type { InvoicingBook } from './invoicing';
import type { SubscriptionBook } from './subscriptions';

export type * from './access';
export type * from './accounts';
export type * from './alerts';
export type * from './catalogue';
export { plansIn } from './currencies';
export type * from './credits';
export type * from './cycles';
export type * from './events';
export type * from './invoicing';
export type * from './subscriptions';

/**
 * Everything that was said and everything that happened. In each step the clock moves to its time, and what fell due by
 * then is billed; then facts are said, and what they made due is billed; then prices are corrected, and in some steps
 * all that was billed is rated again; then events are sent and corrected.
 */
export interface History {
  /** How long usage may still arrive after its cycle has ended, where an account says nothing else. */
  readonly graceMs: number;
  /** How many closed cycles can be adjusted: each bill looks at all of them again. */
  readonly adjustCycles: number;
  /** Those that differ from the defaults. Left out: none. */
  readonly accounts?: readonly AccountBook[];
  readonly plans: readonly PlanBook[];
  readonly subscriptions: readonly SubscriptionBook[];
  /** The clock's time of each step, rising. */
  readonly stepsMs: readonly number[];
  readonly events: readonly EventBook[];
  /** In the order in which they are said. Left out: none. */
  readonly priceCorrections?: readonly PriceCorrectionBook[];
  /** The steps in which everything that was billed is rated again. Left out: none. */
  readonly reRates?: readonly number[];
  /** Whose running cycle is shown in which steps, once what the step's facts made due is billed. Left out: none. */
  readonly previews?: readonly { readonly step: number; readonly subscription: string }[];
  /** Left out: there are none. */
  readonly credits?: CreditsBook;
  /** Left out: none. */
  readonly alerts?: readonly AlertBook[];
  /** Left out: none. */
  readonly features?: readonly FeatureBook[];
  /** Left out: nobody asks. */
  readonly accesses?: readonly AccessBook[];
  /** Left out: invoices are bills as they are. */
  readonly invoicing?: InvoicingBook;
  /** In the order in which they are sent. */
  readonly corrections: readonly CorrectionBook[];
}
