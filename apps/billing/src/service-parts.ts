import type { IdSource } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import type { KnownAccounts } from './entitlements/use-cases/known-accounts';
import type { EventAccounts } from './usage/event-accounts';
import type { Metering } from './usage/metering';
import type { Stores } from './store/stores';

/** What RPCs and use cases share. */
export interface ServiceParts extends Stores {
  readonly mongo: Mongo;
  readonly ids: IdSource;
  readonly metering: Metering;
  /** Resolves when all that metering has told is marked. */
  readonly heard: (signal?: AbortSignal) => Promise<void>;
  readonly eventAccounts: EventAccounts;
  readonly knownAccounts: KnownAccounts;
  /** Lets the schedulers look at once: something may have become due. */
  readonly nudge: () => void;
  /** Lets alerts be looked at at once that are to be looked at. */
  readonly nudgeAlerts: () => void;
  /** Lets credits be posted at once: a day may be over, or something was granted. */
  readonly nudgeCredits: () => void;
  /** Lets the rest of test accounts be deleted, and that be told, at once. */
  readonly nudgeDeletions: () => void;
}

/** What the services of subscriptions and bills need to know of the schedulers. */
export interface SubscriptionParts extends ServiceParts {
  /** How long after its end a cycle of real time is closed at the earliest. */
  readonly settleMs: number;
  /** How long usage may still arrive after its cycle has ended, where no settings say otherwise. */
  readonly graceMs: number;
  /** How many closed cycles can be adjusted. */
  readonly adjustCycles: number;
}
