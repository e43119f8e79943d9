import { notFound } from '@billingrails/errors';
import { parseId, type OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { Receivable } from '../domain/receivable';
import type { ReceivableStore } from '../store/receivables';

/** What is open of the finalized invoice that a request names. A draft, and another organisation's, look like none. */
export async function existingReceivable(
  receivables: ReceivableStore,
  organisationId: OrganisationId,
  text: string,
  session: ClientSession,
): Promise<Receivable> {
  const id = parseId('inv', text);
  const found = id === undefined ? undefined : await receivables.find(organisationId, id, session);
  if (found === undefined)
    throw notFound('INVOICE_NOT_FOUND', 'There is no finalized invoice of that id.');
  return found;
}
