import { assert, notFound, precondition } from '@billingrails/errors';
import { parseId, type OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { existing } from '../../invoices/use-cases/existing';
import { alreadyVoid, openOf } from '../../receivables/domain/receivable';
import { existingReceivable } from '../../receivables/use-cases/existing';
import type { Stores } from '../../store/stores';
import { dueCollection, type Collection } from '../domain/collection';

/** Makes an attempt due at once; what is under way is left alone. */
export async function collectInvoice(
  { collections, invoices, receivables, testClocks }: Stores,
  session: ClientSession,
  organisationId: OrganisationId,
  invoiceId: string,
): Promise<Collection> {
  const receivable = await existingReceivable(receivables, organisationId, invoiceId, session);
  const { number } = receivable;
  if (receivable.end?.kind === 'void') throw alreadyVoid(number);
  if (openOf(receivable) === 0n)
    throw precondition('NOTHING_OPEN', `Nothing of ${number} is open.`);
  const before = await collections.find(organisationId, receivable.invoiceId, session);
  if (before?.state === 'attempting') return before;
  const invoice = await existing(invoices, organisationId, invoiceId, session);
  assert(invoice.status === 'finalized', 'what has a receivable is finalized');
  const presentMs = await testClocks.present(organisationId, session);
  const due = dueCollection(invoice, presentMs, before?.attempts);
  const collection: Collection = { ...due, byHand: true };
  if (before === undefined) await collections.insert([collection], session);
  else await collections.replace(collection, session);
  return collection;
}

/** How an invoice is collected. Another organisation's looks exactly like none. */
export async function existingCollection(
  { collections }: Stores,
  organisationId: OrganisationId,
  text: string,
): Promise<Collection> {
  const id = parseId('inv', text);
  const found = id === undefined ? undefined : await collections.find(organisationId, id);
  if (found === undefined)
    throw notFound('COLLECTION_NOT_FOUND', 'The invoice is not collected by itself.');
  return found;
}
