import type { DraftInvoice, InvoiceLine } from '../../invoices/domain/invoice';

/** A charge of a closed period: what an invoice line is made from. */
export type Charge = Omit<InvoiceLine, 'id' | 'amount'>;

/** A billing period that was closed into charges. */
export interface ClosedPeriod extends Pick<
  DraftInvoice,
  | 'organisationId'
  | 'accountId'
  | 'accountName'
  | 'subscriptionId'
  | 'planName'
  | 'billingPeriodId'
  | 'period'
  | 'timeZone'
> {
  /** ISO 4217 code of all amounts. */
  readonly currencyCode: string;
  readonly charges: readonly Charge[];
  /** When it fell due, by the organisation's clock. */
  readonly dueMs: number;
}
