import type { AccountId } from '@billingrails/ids';

/** A customer: whom usage is counted for and who gets the invoices. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
  /** Where invoices go; may be empty. */
  readonly email: string;
  /** By the organisation's clock. */
  readonly createMs: number;
}
