import { precondition } from '@billingrails/errors';
import { alreadyVoid, openOf, type Receivable } from '../../receivables/domain/receivable';

/** Where goes what was paid before; what is open is taken off first, in any case. */
export type Disposition = 'balance' | 'refund' | 'write_off';

/** How a credit note's total is split, in minor units. */
export interface Disposed {
  readonly writtenOff: bigint;
  readonly toBalance: bigint;
  readonly refunded: bigint;
}

/**
 * Splits what is taken back of an invoice. `refundedBefore` is what its credit notes paid back so far: no more is paid
 * back than payments brought. Refuses what is void, nothing, more than is left of the invoice, or, to be written off,
 * more than is open.
 */
export function dispose(
  receivable: Receivable,
  { amount, invoiceTotal, refundedBefore }: DisposedAmount,
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
  const rest = amount - writtenOff;
  switch (disposition) {
    case 'balance':
      return { writtenOff, toBalance: rest, refunded: 0n };
    case 'refund': {
      const refundable = paid > refundedBefore ? paid - refundedBefore : 0n;
      const refunded = rest < refundable ? rest : refundable;
      return { writtenOff, toBalance: rest - refunded, refunded };
    }
    case 'write_off':
      if (rest > 0n)
        throw precondition('CREDIT_EXCEEDS_OPEN', `Less than that is open of ${number}.`);
      return { writtenOff, toBalance: 0n, refunded: 0n };
  }
}

/** What is taken back, in minor units. */
export interface DisposedAmount {
  readonly amount: bigint;
  readonly invoiceTotal: bigint;
  readonly refundedBefore: bigint;
}
