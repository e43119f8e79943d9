import { derivedId } from '@billingrails/ids';
import type { DraftInvoice, FinalizedInvoice, InvoiceSection } from './invoice';

/** The draft that asks for the same as a void invoice. It waits for somebody's word, as something is to be mended. */
export function reissued(invoice: FinalizedInvoice): DraftInvoice {
  const {
    number: _number,
    finalizeMs: _finalizeMs,
    balanceApplied: _applied,
    ...content
  } = invoice;
  const id = derivedId('inv', invoice.organisationId, invoice.id, 'reissued');
  return {
    ...content,
    id,
    sections: invoice.sections.map((section): InvoiceSection => {
      const lines = section.lines.map((line) => ({ ...line, id: derivedId('line', id, line.id) }));
      return { ...section, lines };
    }),
    credits: [],
    replacesInvoiceId: invoice.id,
    hold: { kind: 'approval' },
    status: 'draft',
  };
}
