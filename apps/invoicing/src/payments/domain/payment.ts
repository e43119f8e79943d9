import { invalid, precondition } from '@billingrails/errors';
import type {
  AccountId,
  InvoiceId,
  OrganisationId,
  PaymentAttemptId,
  PaymentId,
} from '@billingrails/ids';
import type { Money } from '@billingrails/money';
import {
  alreadyVoid,
  openOf,
  withPayment,
  type Receivable,
} from '../../receivables/domain/receivable';

/** Money that was received from an account. */
export interface Payment {
  readonly id: PaymentId;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly amount: Money;
  /** May be empty, as the reference. */
  readonly method: string;
  readonly reference: string;
  /** By the organisation's clock. */
  readonly receiveMs: number;
  /** By the server's clock. */
  readonly createMs: number;
  /** In the order in which they were paid. */
  readonly allocations: readonly PaymentAllocation[];
  readonly reversal?: PaymentReversal;
  /** What took the money; unset: it was recorded by hand. */
  readonly attemptId?: PaymentAttemptId;
  /** What of it was paid back, or is being paid back, in minor units. */
  readonly refunded: bigint;
  /** In the order in which they were opened. */
  readonly disputes: readonly PaymentDispute[];
}

/** That the payer's bank wants a payment back. Opened: it still pays; won: it stays; lost: it was reversed. */
export interface PaymentDispute {
  readonly id: string;
  readonly state: 'opened' | 'won' | 'lost';
  readonly amount: Money;
  /** In the provider's word. */
  readonly reason: string;
  /** By the provider's clock. */
  readonly openMs: number;
  /** What it took back when it was lost, in minor units; stays where it is won afterwards. Unset: it was not lost. */
  readonly lost?: bigint;
}

/** What a payment paid of an invoice, in minor units; above 0. */
export interface PaymentAllocation {
  readonly invoiceId: InvoiceId;
  readonly invoiceNumber: string;
  readonly minorUnits: bigint;
}

export interface PaymentReversal {
  /** By the organisation's clock. */
  readonly atMs: number;
  /** May be empty. */
  readonly reason: string;
}

/** What was left of a payment and went to the account's balance, in minor units. */
export function toBalance({ amount, allocations }: Payment): bigint {
  return allocations.reduce((left, { minorUnits }) => left - minorUnits, amount.minorUnits);
}

/** Pays receivables in their order, each as far as it is open. */
export function allocate(
  { minorUnits }: Money,
  receivables: readonly Receivable[],
): { readonly allocations: PaymentAllocation[]; readonly paid: Receivable[] } {
  let left = minorUnits;
  const allocations: PaymentAllocation[] = [];
  const paid: Receivable[] = [];
  for (const receivable of receivables) {
    const open = openOf(receivable);
    const part = open < left ? open : left;
    if (part === 0n) continue;
    left -= part;
    const { invoiceId, number } = receivable;
    allocations.push({ invoiceId, invoiceNumber: number, minorUnits: part });
    paid.push(withPayment(receivable, part));
  }
  return { allocations, paid };
}

/** Refuses to pay what is another account's, in another currency, or void; names every fault. */
export function checkPayable(
  receivables: readonly Receivable[],
  accountId: string,
  { currencyCode }: Money,
): void {
  const violations = receivables.flatMap((receivable, index) => {
    const field = `invoice_ids[${index}]`;
    if (receivable.accountId !== accountId)
      return [{ field, description: `is owed by ${receivable.accountId}, not by the account` }];
    if (receivable.currencyCode !== currencyCode)
      return [{ field, description: `is in ${receivable.currencyCode}, not in ${currencyCode}` }];
    return [];
  });
  if (violations.length > 0)
    throw invalid('PAYMENT_INVALID', 'The payment cannot be recorded.', violations);
  for (const { end, number } of receivables) if (end?.kind === 'void') throw alreadyVoid(number);
}

/** What of a payment may still be paid back, in minor units. */
export function refundableOf({ amount, refunded, reversal }: Payment): bigint {
  return reversal === undefined ? amount.minorUnits - refunded : 0n;
}

/** The payment with a dispute as it stands now. */
export function withDispute(payment: Payment, dispute: PaymentDispute): Payment {
  const { disputes } = payment;
  const isKnown = disputes.some(({ id }) => id === dispute.id);
  return {
    ...payment,
    disputes: isKnown
      ? disputes.map((each) => (each.id === dispute.id ? dispute : each))
      : [...disputes, dispute].sort((a, b) => a.openMs - b.openMs),
  };
}

/**
 * What a reversal takes back: all but what was paid back before, which was taken from the balance or by a credit note
 * when it was, and what disputes took before. First what the payment paid of invoices, the last of them first, then
 * what went to the balance.
 */
export function takenBack(
  payment: Payment,
  atMost?: bigint,
): {
  readonly minorUnits: bigint;
  readonly allocations: readonly PaymentAllocation[];
  readonly fromBalance: bigint;
} {
  let gone = payment.disputes.reduce((sum, { lost = 0n }) => sum + lost, 0n);
  const rest = smaller(payment.amount.minorUnits - payment.refunded - gone, atMost);
  const minorUnits = rest > 0n ? rest : 0n;
  let left = minorUnits;
  const allocations = [...payment.allocations].reverse().flatMap((allocation) => {
    const before = smaller(allocation.minorUnits, gone);
    gone -= before;
    const part = smaller(allocation.minorUnits - before, left);
    left -= part;
    return part === 0n ? [] : [{ ...allocation, minorUnits: part }];
  });
  return { minorUnits, allocations, fromBalance: left };
}

function smaller(amount: bigint, other: bigint | undefined): bigint {
  return other !== undefined && other < amount ? other : amount;
}

/** The payment as it is from then on. Refuses what is reversed already. */
export function reversed(payment: Payment, reversal: PaymentReversal): Payment {
  if (payment.reversal !== undefined)
    throw precondition('PAYMENT_REVERSED', 'The payment is reversed already.');
  return { ...payment, reversal };
}
