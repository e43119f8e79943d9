import type { Rounding } from '@billingrails/money';
import type { InvoiceLine } from '../../invoices/domain/invoice';
import type { EntryKind } from '../../receivables/domain/account-entry';
import type { TaxTreatment } from '../../totals/domain/assessment';

/** Figures come as texts, written as the language writes them. */
type Figure = string;

/** What a document says in one language. */
export interface Words {
  /** BCP 47, as the document names its language. */
  readonly language: string;
  /** Whose dates and figures they are, for Intl. */
  readonly locale: string;

  readonly invoice: string;
  readonly creditNote: string;
  readonly draftInvoice: string;
  /** The mark of a void invoice, and what it means for its reader. */
  readonly void: string;
  readonly voidNote: string;
  /** In place of a draft's number. */
  readonly notFinal: string;
  readonly total: string;
  /** Of the lines that are no credits. */
  readonly subtotal: string;
  readonly promotionalCredits: string;
  /** What of the lines a discount is of, where it is not of all. */
  discountOn(base: Figure): string;
  /** Without tax. */
  readonly net: string;
  tax(name: string, percent: Figure, base: Figure): string;
  /** A tax that the prices hold already. */
  taxIncluded(tax: string): string;
  /** Why nothing is taxed, in place of a percentage. */
  readonly untaxed: Readonly<Record<Exclude<TaxTreatment, 'taxed'>, string>>;
  /** What the account's balance pays, and what it adds where more was owed from before. */
  readonly fromBalance: string;
  readonly owedFromBefore: string;
  readonly amountDue: string;
  /** The grant's memo may be empty. */
  paidByCredits(memo: string): string;
  /** Whose account it is paid to, what the payment names, and what the code beside them is for. */
  readonly payTo: string;
  readonly paymentReference: string;
  readonly scanToPay: string;
  readonly carriedForward: string;
  readonly broughtForward: string;
  page(number: Figure, count: Figure): string;
  readonly billedTo: string;
  readonly plan: string;
  readonly subscription: string;
  readonly subscriptions: string;
  readonly billingPeriod: string;
  readonly dateOfIssue: string;
  readonly dueDate: string;
  readonly purchaseOrder: string;
  /** Who sells. */
  readonly from: string;
  taxId(id: string): string;

  readonly description: string;
  readonly quantity: string;
  amountIn(currencyCode: string): string;
  readonly nothingCharged: string;
  /** Whose a section is, where another account owes the invoice. */
  readonly forAccount: string;
  /** Whose days a section's are. */
  inTimeZone(timeZone: string): string;

  /** The span of a line that counts nothing. */
  forPeriod(period: string): string;
  usageOf(period: string): string;
  events(count: Figure, isOne: boolean): string;
  readonly meter: string;
  readonly profile: string;
  version(number: Figure): string;
  readonly adjustment: string;
  readonly reasons: Readonly<Record<NonNullable<InvoiceLine['reason']>, string>>;

  readonly step: string;
  readonly calculation: string;
  readonly equalsAmount: string;
  readonly sum: string;
  readonly rounded: string;
  roundedTo(amount: Figure): string;
  readonly steps: StepWords;
  readonly credit: CreditWords;
  readonly statement: StatementWords;
  readonly usageByDay: UsageByDayWords;
  readonly endings: EndingWords;

  /** The page's foot: how it was rounded, whose days they are, when it was finalized. */
  roundingRule(currencyCode: string): string;
  daysOf(timeZone: string): string;
  finalized(instant: string): string;
  /** A span that does not begin or end with a day: its end is outside. */
  untilBefore(start: string, end: string): string;
}

/** The steps of a line's arithmetic. */
export interface StepWords {
  readonly flatAmount: string;
  packages(count: Figure, isOne: boolean, size: Figure): string;
  /** Follows the packages. */
  afterFree(units: Figure): string;
  /** The boundary unit belongs to the lower tier. */
  over(bound: Figure): string;
  upTo(bound: Figure): string;
  transactionsAtMost(amount: Figure): string;
  transactionsAtLeast(amount: Figure): string;
  /** `sum` is what of all transactions is free. */
  transactionsFree(sum: Figure): string;
  readonly asReported: string;
  countedInUnits(divisor: Figure): string;
  readonly roundings: Readonly<Record<Rounding, string>>;
  included(units: Figure): string;
  carriedOver(units: Figure): string;
  used(units: Figure): string;
  atLeast(amount: Figure): string;
  atMost(amount: Figure): string;
  off(percentOrAmount: Figure): string;
  of(amount: Figure): string;
  committed(amount: Figure): string;
  /** Of a sum that is spread over lines. */
  partOf(whole: Figure): string;
  outOf(part: Figure, total: Figure): string;
}

/** What became of the steps' sum. */
export interface EndingWords {
  days(part: Figure, whole: Figure): string;
  seconds(part: Figure, whole: Figure): string;
  /** A share is one of the above. */
  ofTheCycle(share: string): string;
  lessBilledBefore(amount: Figure): string;
  readonly credited: string;
}

/** What a credit note says beside what an invoice says too. */
export interface CreditWords {
  /** Whose invoice it takes back. */
  readonly creditedTo: string;
  readonly dateOfInvoice: string;
  readonly total: string;
  /** Where what is taken back goes. */
  takenOff(invoiceNumber: string): string;
  readonly toBalance: string;
  readonly refunded: string;
  readonly toCredits: string;
  /** The page's foot. */
  rule(currencyCode: string, invoiceNumber: string): string;
}

/** What documents end with: the usage of lines by day. */
export interface UsageByDayWords {
  readonly heading: string;
  /** In place of all of it. */
  readonly unavailable: string;
  /** Of a line, in place of its days. */
  readonly none: string;
  readonly gone: string;
  /** Why days do not add up to the line's quantity. */
  readonly noSum: string;
  readonly differs: string;
  highest(quantity: Figure): string;
  /** Where it goes on on the next page. */
  continued(name: string): string;
  /** Lines that there was no room for. */
  further(count: Figure, isOne: boolean): string;
}

/** What a statement says beside what an invoice says too. */
export interface StatementWords {
  readonly heading: string;
  /** Whose it is. */
  readonly account: string;
  readonly owed: string;
  /** The head of a column: what was owed after each entry. */
  readonly owedAfter: string;
  /** What was owed before the first entry. */
  readonly opening: string;
  /** How many there are. */
  readonly entries: string;
  /** The last day, where it is from the beginning. */
  until(day: string): string;
  between(first: string, last: string): string;
  readonly nothing: string;
  /** The page's foot. */
  rule(currencyCode: string): string;
  readonly kinds: Readonly<Record<EntryKind, string>>;
}
