import type { Words } from '../words';
import type { ArithmeticView } from './arithmetic-view';
import type { FactsView } from './facts-view';
import type { LookView } from './look-view';
import type { PaymentView } from './payment-view';
import type { TotalsView } from './totals-view';
import type { AppendixView } from './usage-view';

/**
 * What a document says, as text that is ready to be escaped: an invoice or a credit note. Its page and its PDF are laid
 * out from this alone and decide nothing.
 */
export interface DocumentView extends FactsView, TotalsView {
  readonly words: Words;
  /** Of the browser's tab and the foot of each page. Of our words, numbers and ids only. */
  readonly title: string;
  readonly heading: string;
  readonly look: LookView;
  /** Of a draft: that it has none. */
  readonly number: string;
  /** That it is void, where it is. */
  readonly void?: { readonly mark: string; readonly note: string };
  /** What the seller wants said; may be of several lines, and empty. */
  readonly memo: string;
  /** The heads of the lines' columns. */
  readonly columns: ColumnsView;
  /** In place of lines, where there are none. */
  readonly empty: string;
  /** At least one. */
  readonly sections: readonly SectionView[];
  /** Where to pay to. Unset where that is not said, or nothing is to be paid. */
  readonly payment?: PaymentView;
  /** The small print at the end. */
  readonly notes: readonly string[];
  /** What it is of, for whoever asks us. */
  readonly ids: readonly IdView[];
  /** What it ends with, on pages of their own. */
  readonly appendix?: AppendixView;
}

export interface ColumnsView {
  readonly description: string;
  readonly quantity: string;
  readonly amount: string;
}

export interface IdView {
  readonly label: string;
  readonly id: string;
}

export interface SectionView {
  /** Unset where the document has one section of the account that owes it: its head says all. */
  readonly heading?: {
    readonly planName: string;
    /** Whose it is, where another account owes it. */
    readonly accountName?: string;
    readonly accountId?: string;
    readonly period: string;
    /** Whose days its own are, where the page's are others. */
    readonly timeZone?: string;
    readonly total: string;
    readonly subscriptionId: string;
  };
  readonly lines: readonly LineView[];
}

export interface LineView {
  readonly description: string;
  /** The name of what the fee is of. Unset: of no product. */
  readonly product?: string;
  /** May be empty, as the unit. */
  readonly quantity: string;
  readonly unit: string;
  readonly amount: string;
  /** Unset where the amount is all there is. */
  readonly arithmetic?: ArithmeticView;
  /** The span of a fee that counts nothing, where it is not the invoice's, and why there is the line. */
  readonly note?: string;
  /** Unset where no usage was priced. */
  readonly usage?: UsageView;
  /** The sum of the lines up to this one. */
  readonly sumSoFar: string;
}

export interface UsageView {
  readonly meterId: string;
  readonly profile: string;
  /** The newest version of the profile that it was counted by. */
  readonly version?: string;
  readonly period: string;
  readonly events: string;
}
