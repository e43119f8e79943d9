import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { addToOutbox } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { invoiceChanged } from '../../invoices/contract/invoice-changed';
import {
  creditsAppliedOf,
  type DraftInvoice,
  type FinalizedInvoice,
} from '../../invoices/domain/invoice';
import { reissued } from '../../invoices/domain/reissue';
import { existing } from '../../invoices/use-cases/existing';
import type { Stores } from '../../store/stores';
import { uncollectible, voided } from '../domain/receivable';
import { existingReceivable } from './existing';
import { openBalances } from './open-balances';

/** What is decided about an invoice, and why. */
export interface EndRequest {
  readonly invoiceId: string;
  readonly reason: string;
}

/**
 * Makes an invoice void: nothing is owed by it from then on, and what it took of the account's balance and of prepaid
 * credits is there again.
 * With `reissue`, a draft that asks for the same takes its place.
 */
export async function voidInvoice(
  stores: Stores,
  session: ClientSession,
  organisationId: OrganisationId,
  { invoiceId, reason, reissue }: EndRequest & { readonly reissue: boolean },
): Promise<{ readonly invoice: FinalizedInvoice; readonly draft?: DraftInvoice }> {
  const { receivables, balances, accountEntries, invoices, testClocks, prepaid } = stores;
  const receivable = await existingReceivable(receivables, organisationId, invoiceId, session);
  const invoice = await finalized(stores, session, organisationId, invoiceId);
  const atMs = await testClocks.present(organisationId, session);
  const draft = reissue ? reissued(invoice) : undefined;
  const end = { atMs, reason, ...(draft && { replacedById: draft.id }) };
  const ended = voided(receivable, end);
  await receivables.replace(ended, session);
  if (draft !== undefined) await invoices.insertDrafts([draft], session);

  const { accountId, number } = invoice;
  const owner = { organisationId, accountId, currencyCode: invoice.total.currencyCode };
  const balance = await openBalances(balances, [owner], session);
  balance.set(owner, balance.of(owner) + invoice.balanceApplied.minorUnits);
  await balances.replace(balance.changed(), session);
  const owed = invoice.total.minorUnits - creditsAppliedOf(invoice).minorUnits;
  const entry = { ...owner, atMs, causeId: invoice.id, text: number, amount: -owed };
  await accountEntries.insert([{ ...entry, kind: 'invoice_void' }], session);
  const when = { occurMs: atMs, createMs: stores.realMs() };
  const messages = [
    invoiceChanged({ type: 'invoice.voided', invoice, receivable: ended, ...when }),
    ...(draft ? [invoiceChanged({ type: 'invoice.created', invoice: draft, ...when })] : []),
  ];
  await addToOutbox(stores.mongo.db, session, ...messages);
  // Last of all, so that nothing can refuse it any more; done again with the transaction, it is done once.
  if (invoice.credits.length > 0)
    await prepaid.giveBack(organisationId, { id: `${invoice.id}/void`, invoiceId: invoice.id });
  return { invoice, ...(draft && { draft }) };
}

/** Says that what is open is not expected to be paid. What is owed stays: it may be paid all the same. */
export async function markUncollectible(
  stores: Stores,
  session: ClientSession,
  organisationId: OrganisationId,
  { invoiceId, reason }: EndRequest,
): Promise<FinalizedInvoice> {
  const { receivables, testClocks } = stores;
  const receivable = await existingReceivable(receivables, organisationId, invoiceId, session);
  const atMs = await testClocks.present(organisationId, session);
  const ended = uncollectible(receivable, { atMs, reason });
  await receivables.replace(ended, session);
  const invoice = await finalized(stores, session, organisationId, invoiceId);
  // Only its reason is another where it was so before.
  if (receivable.end !== undefined) return invoice;
  const when = { occurMs: atMs, createMs: stores.realMs() };
  const change = { type: 'invoice.uncollectible', invoice, receivable: ended, ...when } as const;
  await addToOutbox(stores.mongo.db, session, invoiceChanged(change));
  return invoice;
}

async function finalized(
  { invoices }: Stores,
  session: ClientSession,
  organisationId: OrganisationId,
  invoiceId: string,
): Promise<FinalizedInvoice> {
  const invoice = await existing(invoices, organisationId, invoiceId, session);
  assert(invoice.status === 'finalized', 'what has a receivable is finalized');
  return invoice;
}
