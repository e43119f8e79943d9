import type { AccountId, OrganisationId } from '@billingrails/ids';

/** An account that an invoice is written to, as billing knows it. */
export interface InvoicedAccount {
  readonly accountId: AccountId;
  /** May be empty. */
  readonly accountName: string;
  /** Of a test account: the present by its own clock. Unset: it is none, and has the organisation's. */
  readonly testClockMs?: number;
}

/** Where accounts are known. */
export interface AccountSource {
  /**
   * Throws a DomainError of kind not_found where the organisation has no account of that id, and of kind unavailable
   * where that cannot be asked just now.
   */
  find(organisationId: OrganisationId, accountId: string): Promise<InvoicedAccount>;
}
