import { assert, conflict, DomainError } from '@billingrails/errors';
import type { InvoiceId } from '@billingrails/ids';
import { addToOutbox, inTransaction } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { invoiceChanged } from '../contract/invoice-changed';
import type { DraftInvoice, Invoice } from '../domain/invoice';
import { sameContent } from '../domain/same-content';
import { assessDrafts, type AssessStores } from '../../totals/use-cases/assess-drafts';
import type { TaxCalculator } from '../../taxes/domain/tax-calculator';
import { calculateRates, type Calculations } from '../../taxes/use-cases/calculated-rates';
import type { TestAccountStore } from '../store/test-accounts';
import { finalizeDrafts, type FinalizeStores } from './finalize-drafts';

/** What issuing needs of the stores. */
export interface IssueStores extends FinalizeStores, AssessStores {
  /** The service that organisations may have their taxes from. Unset: there is none. */
  readonly taxCalculator?: TaxCalculator;
  readonly testAccounts: TestAccountStore;
}

/** The invoice as it is stored now: numbered, or a draft that waits. */
export interface Issued {
  readonly invoice: Invoice;
  /** False when it had been issued before: nothing was done. */
  readonly isNew: boolean;
}

/** Why an invoice was not issued. */
export interface NotIssued {
  readonly error: unknown;
}

/** It is of a test account that was deleted: there will be none. */
export interface Dropped {
  readonly dropped: true;
}

/**
 * Stores invoices and gives each that waits for nothing the next number of its series, in the order given: all of it in
 * one transaction. What is issued already stays as it is. The outcomes are in the same order; one is a DomainError
 * conflict where the bill was invoiced with other content. Where all together cannot be written, halves are tried, so
 * that one keeps no other. One whose taxes a service cannot tell now is a DomainError unavailable. Throws a DomainError
 * when the database cannot be reached, or others are always faster.
 */
export async function issueInvoices(
  stores: IssueStores,
  drafts: readonly DraftInvoice[],
  nowMs: () => number,
): Promise<(Issued | NotIssued | Dropped)[]> {
  const calculations = await calculateRates(stores, stores.taxCalculator, drafts);
  const errorOf = ({ id }: DraftInvoice): NotIssued | undefined => {
    const calculation = calculations.get(id);
    return calculation !== undefined && 'error' in calculation ? calculation : undefined;
  };
  const ready = drafts.filter((draft) => errorOf(draft) === undefined);
  const issued = await issueCalculated(stores, ready, calculations, nowMs);
  const outcomes = new Map(ready.map((draft, index) => [draft, issued[index]]));
  return drafts.map((draft) => {
    const outcome = errorOf(draft) ?? outcomes.get(draft);
    assert(outcome !== undefined, 'each draft has an outcome');
    return outcome;
  });
}

async function issueCalculated(
  stores: IssueStores,
  drafts: readonly DraftInvoice[],
  calculations: Calculations,
  nowMs: () => number,
): Promise<(Issued | NotIssued | Dropped)[]> {
  try {
    return await issueTogether(stores, drafts, calculations, nowMs);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    if (drafts.length <= 1) return drafts.map(() => ({ error }));
    const half = Math.ceil(drafts.length / 2);
    const halves = [drafts.slice(0, half), drafts.slice(half)];
    const outcomes: (Issued | NotIssued | Dropped)[] = [];
    for (const each of halves)
      outcomes.push(...(await issueCalculated(stores, each, calculations, nowMs)));
    return outcomes;
  }
}

async function issueTogether(
  stores: IssueStores,
  asked: readonly DraftInvoice[],
  calculations: Calculations,
  nowMs: () => number,
): Promise<(Issued | NotIssued | Dropped)[]> {
  if (asked.length === 0) return [];
  return inTransaction(stores.mongo, (session) =>
    issueIn(stores, session, asked, calculations, nowMs),
  );
}

/** Issues invoices in a transaction of the caller's. */
export async function issueIn(
  stores: IssueStores,
  session: ClientSession,
  asked: readonly DraftInvoice[],
  calculations: Calculations,
  nowMs: () => number,
): Promise<(Issued | NotIssued | Dropped)[]> {
  const deleted = await stores.testAccounts.deletedOf(asked, session);
  const drafts = asked.filter((draft) => !deleted.has(draft));
  const stored = await stores.invoices.findMany(drafts, session);
  const open = openOf(drafts, stored, nowMs());
  const toDo = await assessed(stores, [...open.values()], stored, calculations, session);
  const waiting = toDo.filter(({ hold }) => hold !== undefined);
  const ready = toDo.filter(({ hold }) => hold === undefined);
  const isStored = (id: InvoiceId): boolean => stored.has(id);
  await stores.invoices.insertDrafts(waiting, session);
  const created = waiting.map((invoice) => {
    const when = { occurMs: invoice.issueMs, createMs: nowMs() };
    return invoiceChanged({ type: 'invoice.created', invoice, ...when });
  });
  await addToOutbox(stores.mongo.db, session, ...created);
  const finalized = await finalizeDrafts(stores, ready, isStored, nowMs, session);

  const fresh = new Map([...waiting, ...finalized].map((invoice) => [invoice.id, invoice]));
  return asked.map((draft): Issued | NotIssued | Dropped => {
    if (deleted.has(draft)) return { dropped: true };
    const invoice = fresh.get(draft.id) ?? stored.get(draft.id);
    const isNew = open.get(draft.id)?.asked === draft;
    // Where a bill comes twice, the second finds what the first did.
    if (invoice === undefined || !(isNew || sameContent(invoice, draft)))
      return { error: otherContent(draft) };
    return { invoice, isNew };
  });
}

/** A draft that is stored was assessed when it was put together. */
async function assessed(
  stores: IssueStores,
  open: readonly { readonly draft: DraftInvoice }[],
  stored: ReadonlyMap<InvoiceId, Invoice>,
  calculations: Calculations,
  session: ClientSession,
): Promise<DraftInvoice[]> {
  const drafts = open.map(({ draft }) => draft);
  const fresh = drafts.filter(({ id }) => !stored.has(id));
  const assessments = await assessDrafts(stores, fresh, calculations, session);
  const found = new Map(assessments.map((draft) => [draft.id, draft]));
  return drafts.map((draft) => found.get(draft.id) ?? draft);
}

/**
 * What is to be done: each once, and nothing that is invoiced or waits already. A draft that is stored stays as it is,
 * whatever was put on it.
 */
function openOf(
  drafts: readonly DraftInvoice[],
  stored: ReadonlyMap<InvoiceId, Invoice>,
  createMs: number,
): Map<InvoiceId, { readonly asked: DraftInvoice; readonly draft: DraftInvoice }> {
  const open = new Map<InvoiceId, { asked: DraftInvoice; draft: DraftInvoice }>();
  for (const asked of drafts) {
    const before = stored.get(asked.id);
    if (open.has(asked.id)) continue;
    if (before === undefined) open.set(asked.id, { asked, draft: { ...asked, createMs } });
    else if (before.status === 'draft' && before.hold === undefined && sameContent(before, asked))
      open.set(asked.id, { asked, draft: before });
  }
  return open;
}

function otherContent({ sections, id }: DraftInvoice): Error {
  const bills = sections.flatMap(({ billId }) => billId ?? []).join(', ') || 'a request';
  return conflict(
    'INVOICED_OTHERWISE',
    `What was billed as ${bills} was invoiced with other content, as ${id}.`,
  );
}
