import type { Money } from '@billingrails/money';
import { DAY_MS } from '@billingrails/time';
import type { CustomField, InvoiceHold } from '../../invoices/domain/invoice-terms';
import type { Branding } from '../../branding/domain/branding';
import type { BankAccount } from './bank-account';

/** When a draft is finalized: when it is put together, by itself after a grace, or on somebody's word. */
export type Finalization = 'at_once' | 'after_grace' | 'on_approval';

/** How invoices come to be paid: the customer pays what it is sent, or what is due is taken from it. */
export type CollectionMethod = 'send_invoice' | 'charge_automatically';

/** What happens to an invoice whose last attempt has failed. */
export type AfterRetries = 'leave_open' | 'mark_uncollectible';

/** How invoices are made and collected. */
export interface InvoicingSettings {
  readonly finalization: Finalization;
  /** How long after its date a draft is finalized, where it is after a grace. */
  readonly finalizationGraceMs: number;
  readonly netDays: number;
  readonly purchaseOrderNumber: string;
  readonly memo: string;
  readonly customFields: readonly CustomField[];
  readonly series: string;
  readonly creditNoteSeries: string;
  /** See `formatViolations`. */
  readonly numberFormat: string;
  /** What an invoice asks for at least, by currency; one that asks for less is carried forward. */
  readonly minimumAmounts: readonly Money[];
  /** Where invoices are to be paid to. Unset: they do not say. */
  readonly bankAccount?: BankAccount;
  /** How documents look. Unset: plain. */
  readonly branding?: Branding;
  /** Whether documents of invoices end with the usage of each line by day. */
  readonly usageByDay: boolean;
  readonly collectionMethod: CollectionMethod;
  /** For each further attempt, how many days after the one before it is made. */
  readonly retryDays: readonly number[];
  readonly afterRetries: AfterRetries;
}

/** What an organisation or an account says of it. Unset: as the next wider one says. */
export type OwnSettings = Partial<InvoicingSettings>;

/** What holds where nobody says anything. */
export const DEFAULT_SETTINGS: InvoicingSettings = {
  finalization: 'at_once',
  finalizationGraceMs: DAY_MS,
  netDays: 30,
  purchaseOrderNumber: '',
  memo: '',
  customFields: [],
  series: 'INV',
  creditNoteSeries: 'CN',
  numberFormat: '{series}-{number:6}',
  minimumAmounts: [],
  usageByDay: false,
  collectionMethod: 'send_invoice',
  retryDays: [3, 5, 7],
  afterRetries: 'leave_open',
};

/** What holds, of settings from the narrowest to the widest. */
export function effectiveSettings(
  narrowestFirst: readonly (OwnSettings | undefined)[],
): InvoicingSettings {
  const widestFirst = narrowestFirst.flatMap((own) => own ?? []).reverse();
  const minimumAmounts = new Map(
    widestFirst
      .flatMap((own) => own.minimumAmounts ?? [])
      .map((amount) => [amount.currencyCode, amount]),
  );
  return {
    ...Object.assign({ ...DEFAULT_SETTINGS }, ...widestFirst),
    minimumAmounts: [...minimumAmounts.values()],
  };
}

/** What an invoice of that currency asks for at least, in minor units; 0: anything. */
export function minimumOf(
  { minimumAmounts }: Pick<InvoicingSettings, 'minimumAmounts'>,
  currencyCode: string,
): bigint {
  return minimumAmounts.find((each) => each.currencyCode === currencyCode)?.minorUnits ?? 0n;
}

/** What a draft of that date waits for; undefined: nothing. */
export function holdOf(
  {
    finalization,
    finalizationGraceMs,
  }: Pick<InvoicingSettings, 'finalization' | 'finalizationGraceMs'>,
  issueMs: number,
): InvoiceHold | undefined {
  switch (finalization) {
    case 'at_once':
      return undefined;
    case 'after_grace':
      return { kind: 'grace', untilMs: issueMs + finalizationGraceMs };
    case 'on_approval':
      return { kind: 'approval' };
  }
}
