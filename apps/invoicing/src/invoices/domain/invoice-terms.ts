import type { Violation } from '@billingrails/errors';
import type { Branding } from '../../branding/domain/branding';
import type { BankAccount } from '../../settings/domain/bank-account';
import { addDays, civilDateEndMs, civilDateOf } from '@billingrails/time';

/** A name and a value that a customer wants on its invoices. */
export interface CustomField {
  readonly name: string;
  readonly value: string;
}

/** What stands on an invoice beside what it asks for; on a draft it may be edited. */
export interface InvoiceTerms {
  /** The last day for payment, a date in the invoice's time zone such as "2026-12-01". */
  readonly dueDate: string;
  /** How many days after its date it is to be paid, as set when it was put together. */
  readonly netDays: number;
  /** May be empty, as the others. */
  readonly purchaseOrderNumber: string;
  readonly memo: string;
  readonly customFields: readonly CustomField[];
  /** Where it is to be paid to. Unset: it does not say. */
  readonly bankAccount?: BankAccount;
  /** How its documents look. Unset: plain. */
  readonly branding?: Branding;
  /** Whether its documents end with the usage of each line by day. Unset: they do not. */
  readonly usageByDay?: boolean;
}

/** What a draft waits for: a time by the organisation's clock, or somebody's word. */
export type InvoiceHold =
  { readonly kind: 'grace'; readonly untilMs: number } | { readonly kind: 'approval' };

/** The last day for payment of an invoice of that date. */
export function dueDateOf(issueMs: number, netDays: number, timeZone: string): string {
  return addDays(civilDateOf(issueMs, timeZone), netDays);
}

/** From when on an invoice is overdue: the end of its last day. */
export function overdueMsOf({ dueDate }: Pick<InvoiceTerms, 'dueDate'>, timeZone: string): number {
  return civilDateEndMs(dueDate, timeZone);
}

/** Why custom fields cannot stand together; none: they can. */
export function customFieldViolations(fields: readonly CustomField[], path: string): Violation[] {
  const names = fields.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ field: `${path}[${index}].name`, description: 'must stand only once' }],
  );
}
