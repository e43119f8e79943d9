import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Money } from '@billingrails/money';
import type { InvoiceCredit } from '../invoices/domain/invoice';

/** An invoice that prepaid credits may pay. */
export interface PayableInvoice {
  readonly id: string;
  /** Who owes it. */
  readonly accountId: AccountId;
  /** With tax; above 0. */
  readonly total: Money;
  /** Its date. */
  readonly issueMs: number;
}

/**
 * The prepaid credits in money that billing keeps. Whatever is asked may be asked again: of an id the first answer
 * stays the answer. Throws a DomainError of kind unavailable when billing cannot be asked just now.
 */
export interface Prepaid {
  /** Pays invoices of an organisation as far as credits reach; what pays each, in their order. */
  apply(
    organisationId: OrganisationId,
    invoices: readonly PayableInvoice[],
  ): Promise<(readonly InvoiceCredit[])[]>;
  /** Gives back what pays an invoice: so much at most, or all. */
  giveBack(
    organisationId: OrganisationId,
    returned: { readonly id: string; readonly invoiceId: string; readonly atMost?: Money },
  ): Promise<void>;
}
