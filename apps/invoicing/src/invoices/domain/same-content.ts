import { isDeepStrictEqual } from 'node:util';
import type { DraftInvoice, Invoice } from './invoice';

/** Whether a stored invoice, numbered or not, is what became of a draft like this one. */
export function sameContent(stored: Invoice, draft: DraftInvoice): boolean {
  return isDeepStrictEqual(asDraft(stored), draft);
}

function asDraft(invoice: Invoice): DraftInvoice {
  if (invoice.status === 'draft') return invoice;
  const { number: _number, finalizeMs: _finalizeMs, ...content } = invoice;
  return { ...content, status: 'draft' };
}
