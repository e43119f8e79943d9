import type { AccountId, AlertId } from '@billingrails/ids';

/** Who owes what an account is billed. */
export type BilledTo = 'self' | 'parent';

/** Whether bills that fall due at one instant are one invoice. */
export type InvoiceGrouping = 'joint' | 'separate';

/** A customer: whom usage is counted for and who gets the invoices, unless its parent does. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
  /** Where invoices go; may be empty. */
  readonly email: string;
  /** The account that it belongs to. */
  readonly parentId?: AccountId;
  /** Only where there is a parent can it be billed. */
  readonly billedTo: BilledTo;
  /** Of the bills that it owes. */
  readonly invoiceGrouping: InvoiceGrouping;
  /** Whether it lives by a test clock of its own, and can be deleted. Unset: it does not. */
  readonly isTest?: true;
  /** When it was asked to be deleted, by the real time. Set only of a test account. */
  readonly deleteMs?: number;
  /** By its clock. */
  readonly createMs: number;
  /** Budgets that were reached; also those of which the period is over. Unset: none. */
  readonly accessStops?: readonly AccessStop[];
}

/** Says that an alert's budget is reached, and metered features of the account are denied. */
export interface AccessStop {
  readonly alertId: AlertId;
  readonly alertName: string;
  /** When the budget's period ends, by the organisation's clock: it holds no longer than that. */
  readonly untilMs: number;
}
