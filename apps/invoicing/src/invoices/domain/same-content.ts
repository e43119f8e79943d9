import { isDeepStrictEqual } from 'node:util';
import type { DraftInvoice, Invoice } from './invoice';

/**
 * Whether a stored invoice, numbered or not, is what became of a draft like this one. What was let off and taxed since
 * follows from settings at that time, not from the bills.
 */
export function sameContent(stored: Invoice, draft: DraftInvoice): boolean {
  return isDeepStrictEqual(billed(asDraft(stored)), billed(draft));
}

function asDraft(invoice: Invoice): DraftInvoice {
  if (invoice.status === 'draft') return invoice;
  const { number: _number, finalizeMs: _finalizeMs, ...content } = invoice;
  return { ...content, status: 'draft' };
}

function billed({ assessment: _assessment, total: _total, ...content }: DraftInvoice) {
  return content;
}
