import type { IdSource } from '@billingrails/ids';
import type { Stores } from './store/stores';
import type { TaxCalculator } from './taxes/domain/tax-calculator';

/** What the services of the contract are made of. */
export interface ServiceParts {
  readonly stores: Stores;
  readonly ids: IdSource;
  /** The service that organisations may have their taxes from. Unset: there is none. */
  readonly taxCalculator?: TaxCalculator;
  /** The server's clock. */
  readonly nowMs: () => number;
}
