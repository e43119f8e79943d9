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
  return { id, organisationId, accountId, accountName, sections, issueMs };
}
