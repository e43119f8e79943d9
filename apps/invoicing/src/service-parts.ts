import type { IdSource } from '@billingrails/ids';
import type { Stores } from './store/stores';

/** What the services of the contract are made of. */
export interface ServiceParts {
  readonly stores: Stores;
  readonly ids: IdSource;
  /** The server's clock. */
  readonly nowMs: () => number;
}
