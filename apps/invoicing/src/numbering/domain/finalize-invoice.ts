import { assert } from '@billingrails/errors';
import type { DraftInvoice, FinalizedInvoice } from '../../invoices/domain/invoice';

/** Gives a draft its place in the organisation's sequence (1, 2, 3 …). From then on it never changes. */
export function finalizeInvoice(
  draft: DraftInvoice,
  sequence: number,
  finalizeMs: number,
): FinalizedInvoice {
  return { ...draft, status: 'finalized', number: invoiceNumber(sequence), finalizeMs };
}

/** 1 → `INV-000001`. Six digits at least: the millionth invoice gets seven. */
export function invoiceNumber(sequence: number): string {
  assert(Number.isSafeInteger(sequence) && sequence > 0, 'sequences count from 1');
  return `INV-${String(sequence).padStart(6, '0')}`;
}
