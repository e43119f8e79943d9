import type { AccountId, CreditNoteId, InvoiceId, LineId, OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';

/** Takes back a part of a finalized invoice, or all of it. It never changes. Amounts are in minor units. */
export interface CreditNote {
  readonly id: CreditNoteId;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly invoiceId: InvoiceId;
  readonly invoiceNumber: string;
  readonly number: string;
  readonly currencyCode: string;
  /** By the organisation's clock. */
  readonly issueMs: number;
  /** By the server's clock. */
  readonly finalizeMs: number;
  /** May be empty. */
  readonly reason: string;
  readonly lines: readonly CreditedLine[];
  /** Of the total, what was taken off what was open; the others follow. */
  readonly writtenOff: bigint;
  readonly toBalance: bigint;
  readonly refunded: bigint;
  /** What prepaid credits had paid. */
  readonly toCredits: bigint;
}

/** What is taken back of a line; below 0 where the line gives something back. */
export interface CreditedLine {
  readonly lineId: LineId;
  readonly description: string;
  /** Where a part of the line's quantity was asked for. */
  readonly quantity?: Decimal;
  readonly net: bigint;
  /** By the tax's place on the invoice. */
  readonly taxes: readonly { readonly tax: number; readonly amount: bigint }[];
}

/** What a line comes to, with taxes. */
export function grossOf({ net, taxes }: Pick<CreditedLine, 'net' | 'taxes'>): bigint {
  return taxes.reduce((sum, { amount }) => sum + amount, net);
}

/** What a credit note comes to, without taxes. */
export function netOf({ lines }: Pick<CreditNote, 'lines'>): bigint {
  return lines.reduce((sum, { net }) => sum + net, 0n);
}

/** What a credit note comes to, with taxes. */
export function totalOf({ lines }: Pick<CreditNote, 'lines'>): bigint {
  return lines.reduce((sum, line) => sum + grossOf(line), 0n);
}
