import type { DraftInvoice, FinalizedInvoice } from '../../invoices/domain/invoice';

/**
 * Gives a draft its number, and takes of its total what the account's balance does. From then on it never changes.
 */
export function finalizeInvoice(
  { hold: _hold, ...draft }: DraftInvoice,
  number: string,
  finalizeMs: number,
  balanceApplied = 0n,
): FinalizedInvoice {
  return {
    ...draft,
    status: 'finalized',
    number,
    finalizeMs,
    balanceApplied: { ...draft.total, minorUnits: balanceApplied },
  };
}
