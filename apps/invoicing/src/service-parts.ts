import type { IdSource } from '@billingrails/ids';
import type { AccountSource } from './invoices/account-source';
import type { UsageSource } from './explanations/usage-source';
import type { Stores } from './store/stores';
import type { TaxCalculator } from './taxes/domain/tax-calculator';

/** What the services of the contract are made of. */
export interface ServiceParts {
  readonly stores: Stores;
  /** Whose usage lines are explained by. */
  readonly usageSource: UsageSource;
  /** Billing, as far as it knows whom an invoice is written to. */
  readonly accounts: AccountSource;
  readonly ids: IdSource;
  /** The service that organisations may have their taxes from. Unset: there is none. */
  readonly taxCalculator?: TaxCalculator;
  /** The server's clock. */
  readonly nowMs: () => number;
}
