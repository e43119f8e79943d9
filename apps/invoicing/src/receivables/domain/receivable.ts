import { assert, precondition } from '@billingrails/errors';
import type { AccountId, InvoiceId, OrganisationId } from '@billingrails/ids';
import type { FinalizedInvoice } from '../../invoices/domain/invoice';
import { amountDueOf, timeZoneOf } from '../../invoices/domain/invoice';
import { overdueMsOf } from '../../invoices/domain/invoice-terms';

export type PaymentStatus = 'open' | 'partly_paid' | 'paid' | 'void' | 'uncollectible';

/**
 * What is still to be paid of a finalized invoice, beside the document, which never changes. Amounts are in minor units
 * of its currency and never below 0.
 */
export interface Receivable {
  readonly invoiceId: InvoiceId;
  readonly organisationId: OrganisationId;
  /** Who owes it. */
  readonly accountId: AccountId;
  /** Whose sections it has, once each. */
  readonly sectionAccountIds: readonly AccountId[];
  /** The invoice's place among the organisation's. */
  readonly sequence: number;
  readonly number: string;
  readonly currencyCode: string;
  /** What the invoice asks for. */
  readonly due: bigint;
  /** By payments that were not reversed. */
  readonly paid: bigint;
  /** By credit notes. */
  readonly credited: bigint;
  /** Of that, what was taken off what was open. */
  readonly writtenOff: bigint;
  /** From then on it is overdue while anything is open. */
  readonly overdueMs: number;
  /** Set once it was told that it is overdue. */
  readonly isOverdueTold?: true;
  readonly end?: ReceivableEnd;
}

/** What was decided about an invoice that is not paid. */
export interface ReceivableEnd {
  readonly kind: 'void' | 'uncollectible';
  /** By the organisation's clock. */
  readonly atMs: number;
  /** May be empty. */
  readonly reason: string;
  /** The draft that a void one is issued anew by. */
  readonly replacedById?: InvoiceId;
}

/** What is asked for by an invoice that was just finalized. */
export function receivableOf(invoice: FinalizedInvoice, sequence: number): Receivable {
  const { id, organisationId, accountId, number, total, terms, sections } = invoice;
  return {
    ...{ invoiceId: id, organisationId, accountId, sequence, number },
    sectionAccountIds: [...new Set(sections.map((section) => section.accountId))],
    currencyCode: total.currencyCode,
    due: amountDueOf(invoice).minorUnits,
    ...{ paid: 0n, credited: 0n, writtenOff: 0n },
    overdueMs: overdueMsOf(terms, timeZoneOf(invoice)),
  };
}

/** What is to be paid yet. */
export function openOf({ due, paid, writtenOff, end }: Receivable): bigint {
  return end?.kind === 'void' ? 0n : due - paid - writtenOff;
}

export function paymentStatusOf(receivable: Receivable): PaymentStatus {
  const { end, due } = receivable;
  if (end?.kind === 'void') return 'void';
  const open = openOf(receivable);
  if (open === 0n) return 'paid';
  if (end !== undefined) return 'uncollectible';
  return open === due ? 'open' : 'partly_paid';
}

export function isOverdue(receivable: Receivable, nowMs: number): boolean {
  return openOf(receivable) > 0n && receivable.overdueMs <= nowMs;
}

/** What is left after a payment of at most what is open; below 0: one that was reversed. */
export function withPayment(receivable: Receivable, amount: bigint): Receivable {
  const paid = { ...receivable, paid: receivable.paid + amount };
  assert(paid.paid >= 0n && openOf(paid) >= 0n, 'an invoice is paid at most once');
  return paid;
}

/** What is left after a credit note, of which so much is taken off what is open. */
export function withCredit(receivable: Receivable, amount: bigint, writtenOff: bigint): Receivable {
  const credited = {
    ...receivable,
    credited: receivable.credited + amount,
    writtenOff: receivable.writtenOff + writtenOff,
  };
  assert(openOf(credited) >= 0n && writtenOff <= amount, 'no more is written off than is open');
  return credited;
}

/** Refuses what has been paid, credited, or ended before. */
export function voided(receivable: Receivable, end: Omit<ReceivableEnd, 'kind'>): Receivable {
  const { paid, credited, number } = receivable;
  if (receivable.end?.kind === 'void') throw alreadyVoid(number);
  if (paid > 0n)
    throw precondition(
      'INVOICE_NOT_VOIDABLE',
      `A payment of ${number} was recorded. Reverse it first, or create a credit note.`,
    );
  if (credited > 0n)
    throw precondition(
      'INVOICE_NOT_VOIDABLE',
      `There is a credit note of ${number}. Credit what is left of it instead.`,
    );
  return { ...receivable, end: { ...end, kind: 'void' } };
}

/** Refuses what is void, and what nothing is open of. */
export function uncollectible(
  receivable: Receivable,
  end: Omit<ReceivableEnd, 'kind' | 'replacedById'>,
): Receivable {
  if (receivable.end?.kind === 'void') throw alreadyVoid(receivable.number);
  if (openOf(receivable) === 0n)
    throw precondition('NOTHING_OPEN', `Nothing of ${receivable.number} is open.`);
  return { ...receivable, end: { ...end, kind: 'uncollectible' } };
}

export function alreadyVoid(number: string): Error {
  return precondition('INVOICE_VOID', `The invoice ${number} is void.`);
}
