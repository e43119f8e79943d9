import type {
  AccountId,
  CreditNoteId,
  OrganisationId,
  PaymentAttemptId,
  PaymentId,
  RefundId,
} from '@billingrails/ids';
import type { Money } from '@billingrails/money';
import type { PaymentFailure } from './payment-provider';

/**
 * - started: it is not known whether the provider has it; it is asked;
 * - pending: the provider pays it back, the outcome comes later;
 * - succeeded; failed: what was not paid back is on the account's balance.
 */
export type RefundState = 'started' | 'pending' | 'succeeded' | 'failed';

/** Money of a payment that is paid back. */
export interface Refund {
  readonly id: RefundId;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly paymentId: PaymentId;
  /** Of a payment that the provider took. */
  readonly attemptId?: PaymentAttemptId;
  /** What it is paid back for; unset: what was on the account's balance. */
  readonly creditNoteId?: CreditNoteId;
  readonly amount: Money;
  /** May be empty. */
  readonly reason: string;
  readonly state: RefundState;
  /** By the organisation's clock. */
  readonly refundMs: number;
  /** By the server's clock. */
  readonly createMs: number;
  readonly providerRefundId?: string;
  readonly failure?: PaymentFailure;
  /** How often the provider has failed to make it, so that it was over and had to be asked for anew; unset: never. */
  readonly turn?: number;
}
