import type { BillId, OrganisationId, SubscriptionId } from '@billingrails/ids';
import type { DraftInvoice, InvoiceLine, InvoiceSection } from '../../invoices/domain/invoice';

/** A line of a bill: what an invoice line is made from. */
export type PostedLine = Omit<InvoiceLine, 'id' | 'amount'> & {
  readonly id: string;
  /** In whole minor units of the bill's currency. */
  readonly minorUnits: bigint;
};

/** What a section of an invoice is made from: a bill, or what was written by hand. */
export interface Billed extends Omit<InvoiceSection, 'lines' | 'total'> {
  readonly organisationId: OrganisationId;
  /** Who owes it. Unset: the account itself. */
  readonly payer?: Pick<DraftInvoice, 'accountId' | 'accountName'>;
  /** Whether it is for credits that are bought: no prepaid balance pays for it. */
  readonly buysCredits?: boolean;
  /** ISO 4217 code of all amounts. */
  readonly currencyCode: string;
  readonly lines: readonly PostedLine[];
  /** Whether it is of a test account. Unset: it is not. */
  readonly isTest?: true;
  /** When it fell due, by the organisation's clock. */
  readonly dueMs: number;
}

/** A bill as billing posted it. */
export interface PostedBill extends Billed {
  readonly subscriptionId: SubscriptionId;
  readonly billId: BillId;
}
