import { isDeepStrictEqual } from 'node:util';
import type { DraftInvoice, Invoice } from './invoice';

/**
 * Whether a stored invoice, numbered or not, is of the bills that a draft like this one is of. What settings put on it,
 * or somebody while it was a draft, may be another since.
 */
export function sameContent(stored: Invoice, draft: DraftInvoice): boolean {
  return isDeepStrictEqual(contentOf(stored), contentOf(draft));
}

function contentOf({ id, organisationId, accountId, accountName, sections, issueMs }: Invoice) {
  const bills = sections.map((section) => ({
    ...section,
    // What was stored before plans were kept does not say them.
    lines: section.lines.map(({ planId: _planId, ...line }) => line),
  }));
  return { id, organisationId, accountId, accountName, bills, issueMs };
}
