import { precondition } from '@billingrails/errors';
import { alreadyVoid, openOf, type Receivable } from '../../receivables/domain/receivable';

/**
 * Where goes what was paid before; what is open is taken off first, in any case, and last goes back to prepaid credits
 * what these paid.
 */
export type Disposition = 'balance' | 'refund' | 'write_off';

/** How a credit note's total is split, in minor units. */
export interface Disposed {
  readonly writtenOff: bigint;
  readonly toBalance: bigint;
  readonly refunded: bigint;
  readonly toCredits: bigint;
}

/**
 * Splits what is taken back of an invoice. `refundedBefore` is what its credit notes paid back so far: no more is paid
 * back than payments brought. Refuses what is void, nothing, more than is left of the invoice, or, to be written off,
 * more than is open.
 */
export function dispose(
  receivable: Receivable,
  { amount, invoiceTotal, refundedBefore, creditsLeft }: DisposedAmount,
  disposition: Disposition,
): Disposed {
  const { number, end, credited, paid } = receivable;
  if (end?.kind === 'void') throw alreadyVoid(number);
  if (amount <= 0n || amount > invoiceTotal - credited)
    throw precondition(
      'CREDIT_EXCEEDS_INVOICE',
      amount <= 0n
        ? `Nothing of ${number} is left to be credited.`
        : `Less than that is left of ${number}.`,
    );
  const open = openOf(receivable);
  const writtenOff = amount < open ? amount : open;
  // What of the invoice credits did not pay is taken back first.
  const otherwise = invoiceTotal - credited - creditsLeft - writtenOff;
  const paidBefore = amount - writtenOff;
  const rest = paidBefore < otherwise ? paidBefore : otherwise > 0n ? otherwise : 0n;
  const toCredits = paidBefore - rest;
  switch (disposition) {
    case 'balance':
      return { writtenOff, toBalance: rest, refunded: 0n, toCredits };
    case 'refund': {
      const refundable = paid > refundedBefore ? paid - refundedBefore : 0n;
      const refunded = rest < refundable ? rest : refundable;
      return { writtenOff, toBalance: rest - refunded, refunded, toCredits };
    }
    case 'write_off':
      if (paidBefore > 0n)
        throw precondition('CREDIT_EXCEEDS_OPEN', `Less than that is open of ${number}.`);
      return { writtenOff, toBalance: 0n, refunded: 0n, toCredits: 0n };
  }
}

/** What is taken back, in minor units. */
export interface DisposedAmount {
  readonly amount: bigint;
  readonly invoiceTotal: bigint;
  readonly refundedBefore: bigint;
  /** What prepaid credits paid, less what earlier credit notes gave back to them. */
  readonly creditsLeft: bigint;
}
