import type {
  AccountId,
  CreditNoteId,
  InvoiceId,
  OrganisationId,
  PaymentId,
  RefundId,
} from '@billingrails/ids';

/** What changes what an account owes. In this order where they happen at one instant. */
export const ENTRY_KINDS = [
  'invoice',
  'credits',
  'invoice_void',
  'payment',
  'payment_reversal',
  'credit_note',
  'refund',
  'refund_failure',
] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One line of an account's statement. They are only added; each is written in the transaction of its cause. */
export interface AccountEntry {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly currencyCode: string;
  readonly kind: EntryKind;
  /** When, by the organisation's clock: the date of the document, or when the payment was received. */
  readonly atMs: number;
  /** What it is of. */
  readonly causeId: InvoiceId | PaymentId | CreditNoteId | RefundId;
  /** What tells it apart where its cause has several of its kind. Unset: the first. */
  readonly occasion?: string;
  /** The invoice's or credit note's number, or the payment's reference. May be empty. */
  readonly text: string;
  /** In minor units. Above 0: more is owed. */
  readonly amount: bigint;
}
