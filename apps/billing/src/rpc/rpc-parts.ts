import type { IdSource } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import type { EventAccounts } from '../usage/event-accounts';
import type { Metering } from '../usage/metering';
import type { Stores } from '../store/stores';

/** What the services share. */
export interface RpcParts extends Stores {
  readonly mongo: Mongo;
  readonly ids: IdSource;
  readonly metering: Metering;
  readonly eventAccounts: EventAccounts;
  /** Lets the schedulers look at once: something may have become due. */
  readonly nudge: () => void;
}
