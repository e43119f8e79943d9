import type { AccountId, OrganisationId } from '@billingrails/ids';

/** How an organisation's money is taken: its account at the provider. */
export interface Connection {
  readonly organisationId: OrganisationId;
  readonly providerAccountId: string;
  /** False: nothing there is real money. */
  readonly isLive: boolean;
  /** Sealed, as is the secret of its webhooks. */
  readonly secretKey: Uint8Array;
  readonly webhookSecret: Uint8Array;
  /** By the server's clock. */
  readonly connectMs: number;
}

/** An account as the provider knows it. */
export interface PaymentCustomer {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly customerId: string;
  /** What is taken from; unset: nothing was set up yet. */
  readonly paymentMethodId?: string;
}
