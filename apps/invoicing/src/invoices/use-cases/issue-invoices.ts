import { conflict, DomainError } from '@billingrails/errors';
import type { InvoiceId, OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import type { InvoiceNumberStore } from '../../numbering/store/invoice-numbers';
import type { DraftInvoice, FinalizedInvoice, Invoice } from '../domain/invoice';
import { sameContent } from '../domain/same-content';
import type { InvoiceStore, Numbered } from '../store/invoices';

/** What issuing needs of the stores. */
export interface IssueStores {
  readonly mongo: Mongo;
  readonly invoices: InvoiceStore;
  readonly numbers: InvoiceNumberStore;
}

/** The invoice as it is stored now. */
export interface Issued {
  readonly invoice: FinalizedInvoice;
  /** False when it had been issued before: nothing was done. */
  readonly isNew: boolean;
}

/** Why an invoice was not issued. */
export interface NotIssued {
  readonly error: unknown;
}

/**
 * Stores invoices and gives each the next number of its organisation, in the order given: all of it in one transaction.
 * What is issued already stays as it is. The outcomes are in the same order; one is a DomainError conflict where the
 * bill was invoiced with other content. Where all together cannot be written, halves are tried, so that one keeps no
 * other. Throws a DomainError when the database cannot be reached, or others are always faster.
 */
export async function issueInvoices(
  stores: IssueStores,
  drafts: readonly DraftInvoice[],
  nowMs: () => number,
): Promise<(Issued | NotIssued)[]> {
  try {
    return await issueTogether(stores, drafts, nowMs);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    if (drafts.length <= 1) return drafts.map(() => ({ error }));
    const half = Math.ceil(drafts.length / 2);
    const first = await issueInvoices(stores, drafts.slice(0, half), nowMs);
    return [...first, ...(await issueInvoices(stores, drafts.slice(half), nowMs))];
  }
}

async function issueTogether(
  { mongo, invoices, numbers }: IssueStores,
  drafts: readonly DraftInvoice[],
  nowMs: () => number,
): Promise<(Issued | NotIssued)[]> {
  if (drafts.length === 0) return [];
  return inTransaction(mongo, async (session) => {
    const stored = await invoices.findMany(drafts, session);
    const open = openOf(drafts, stored);
    const issued = await numbered(numbers, [...open.values()], nowMs, session);
    const isStored = ({ id }: FinalizedInvoice): boolean => stored.has(id);
    await invoices.insertFinalized(
      issued.filter((each) => !isStored(each.invoice)),
      session,
    );
    for (const { invoice, sequence } of issued)
      if (isStored(invoice)) await invoices.finalize(invoice, sequence, session);

    const fresh = new Map(issued.map(({ invoice }) => [invoice.id, invoice]));
    return drafts.map((draft): Issued | NotIssued => {
      const before = stored.get(draft.id);
      const invoice = before?.status === 'finalized' ? before : fresh.get(draft.id);
      const isNew = open.get(draft.id) === draft;
      // Where a bill comes twice, the second finds what the first did.
      if (invoice === undefined || !(isNew || sameContent(invoice, draft)))
        return { error: otherContent(draft) };
      return { invoice, isNew };
    });
  });
}

/** What is to be numbered: each once, and nothing that is invoiced with other content. */
function openOf(
  drafts: readonly DraftInvoice[],
  stored: ReadonlyMap<InvoiceId, Invoice>,
): Map<InvoiceId, DraftInvoice> {
  const open = new Map<InvoiceId, DraftInvoice>();
  for (const draft of drafts) {
    const before = stored.get(draft.id);
    if (before !== undefined && (before.status === 'finalized' || !sameContent(before, draft)))
      continue;
    if (!open.has(draft.id)) open.set(draft.id, draft);
  }
  return open;
}

async function numbered(
  numbers: InvoiceNumberStore,
  drafts: readonly DraftInvoice[],
  nowMs: () => number,
  session: ClientSession,
): Promise<Numbered[]> {
  const byOrganisation = new Map<OrganisationId, DraftInvoice[]>();
  for (const draft of drafts) {
    const others = byOrganisation.get(draft.organisationId);
    if (others === undefined) byOrganisation.set(draft.organisationId, [draft]);
    else others.push(draft);
  }
  const issued: Numbered[] = [];
  // In an order that all replicas have, so that of two the same one always comes first.
  for (const organisationId of [...byOrganisation.keys()].sort()) {
    const ofOrganisation = byOrganisation.get(organisationId) ?? [];
    const range = await numbers.take(organisationId, ofOrganisation.length, nowMs(), session);
    for (const [index, draft] of ofOrganisation.entries()) {
      const sequence = range.firstSequence + index;
      issued.push({ invoice: finalizeInvoice(draft, sequence, range.finalizeMs), sequence });
    }
  }
  return issued;
}

function otherContent({ sections, id }: DraftInvoice): Error {
  const bills = sections.map(({ billId }) => billId).join(', ');
  return conflict(
    'INVOICED_OTHERWISE',
    `What was billed as ${bills} was invoiced with other content, as ${id}.`,
  );
}
