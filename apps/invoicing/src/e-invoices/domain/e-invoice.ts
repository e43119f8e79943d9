import type { BankAccount } from '../../settings/domain/bank-account';
import type { VatCategory } from './vat-category';

/**
 * What EN 16931 has of an invoice or a credit note: the model that UBL and CII are two ways to write. Amounts,
 * quantities and percentages are decimals as text; dates are those of the invoice's time zone, such as "2026-11-01".
 */
export interface EInvoice extends Sums {
  readonly kind: 'invoice' | 'credit_note';
  readonly number: string;
  readonly issueDate: string;
  /** Of an invoice: the last day for payment. */
  readonly dueDate?: string;
  /** Of a credit note: where what it takes back goes. */
  readonly paymentTerms?: string;
  /** ISO 4217. */
  readonly currencyCode: string;
  /** What its reader is told, apart from all else. */
  readonly notes: readonly string[];
  /** May be empty. */
  readonly purchaseOrderNumber: string;
  /** Of a credit note: the invoice that it takes back. */
  readonly preceding?: { readonly number: string; readonly issueDate: string };
  readonly period: DatePeriod;
  readonly seller: EParty;
  readonly buyer: EParty;
  /** Where to pay to. Unset where the seller said none. */
  readonly payTo?: BankAccount;
}

/** Lines, what is taken off all of them, taxes, and what all that comes to. */
export interface Sums {
  readonly lines: readonly ELine[];
  readonly allowances: readonly Allowance[];
  /** One for each category and percentage. */
  readonly vat: readonly VatSum[];
  readonly totals: ETotals;
}

/** From the first to the last day, both of which are in it. */
export interface DatePeriod {
  readonly start: string;
  readonly end: string;
}

/** Who sells or buys. */
export interface EParty {
  /** An id that the seller gave. */
  readonly id?: string;
  readonly name: string;
  /** With the prefix of its country. */
  readonly vatId?: string;
  /** Of a seller: another number of a tax authority. */
  readonly taxNumber?: string;
  /** Of a buyer: what it is registered under. */
  readonly legalId?: string;
  readonly address: EAddress;
}

export interface EAddress {
  /** At most three. */
  readonly lines: readonly string[];
  /** May be empty, as those below. */
  readonly city: string;
  readonly postalCode: string;
  readonly region: string;
  /** ISO 3166-1 alpha-2. */
  readonly countryCode: string;
}

/** What a line asks for: amount = quantity × price ÷ base quantity. */
export interface ELine {
  /** Its place, from "1". */
  readonly id: string;
  readonly name: string;
  /** May be empty, as the note. */
  readonly description: string;
  readonly note: string;
  /** Below 0 where it gives something back. */
  readonly quantity: string;
  /** UN/ECE Recommendation 20. */
  readonly unitCode: string;
  /** Without tax; never below 0. */
  readonly price: string;
  /** Unset: 1. */
  readonly baseQuantity?: string;
  /** Without tax. */
  readonly amount: string;
  readonly period: DatePeriod;
  readonly vat: VatCategory;
}

/** What is taken off the sum of the lines, or added to it where it is a charge. */
export interface Allowance {
  readonly isCharge: boolean;
  readonly reason: string;
  /** Without tax, above 0. */
  readonly amount: string;
  readonly vat: VatCategory;
}

/** What is taxed alike. */
export interface VatSum {
  readonly category: VatCategory;
  readonly base: string;
  readonly amount: string;
}

/** lines − allowances + charges = net; net + vat = gross; gross − paid = due. */
export interface ETotals {
  readonly lines: string;
  readonly allowances: string;
  readonly charges: string;
  readonly net: string;
  readonly vat: string;
  readonly gross: string;
  /** By credits and balances; below 0 where more was owed from before. */
  readonly paid: string;
  readonly due: string;
}
