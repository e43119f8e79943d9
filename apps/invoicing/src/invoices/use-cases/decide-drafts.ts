import type { InvoiceId, OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { OfClock, TestClockStore } from '../../clocks/store/test-clocks';
import { byEachClock } from '../../clocks/use-cases/by-each-clock';
import { editDraft, requireDraft, type TermsEdit } from '../domain/edit-draft';
import type { DraftInvoice, FinalizedInvoice } from '../domain/invoice';
import { existing } from './existing';
import { finalizeDrafts, type FinalizeStores } from './finalize-drafts';

/** Puts other terms on a draft. */
export async function updateDraft(
  { invoices }: FinalizeStores,
  session: ClientSession,
  organisationId: OrganisationId,
  invoiceId: string,
  edit: TermsEdit,
): Promise<DraftInvoice> {
  const draft = requireDraft(await existing(invoices, organisationId, invoiceId, session));
  const edited = editDraft(draft, edit);
  await invoices.replaceTerms(edited, session);
  return edited;
}

/** Finalizes a draft, whatever it waits for. */
export async function finalizeNow(
  stores: HeldStores,
  session: ClientSession,
  organisationId: OrganisationId,
  invoiceId: string,
  nowMs: () => number,
): Promise<FinalizedInvoice[]> {
  const invoice = await existing(stores.invoices, organisationId, invoiceId, session);
  const presentMs = await stores.testClocks.present(organisationId, session);
  const drafts = [requireDraft(invoice)];
  return finalizeDrafts(stores, drafts, isStored, nowMs, session, presentMs);
}

/** What finalizing drafts whose grace is over needs. */
export interface HeldStores extends FinalizeStores {
  readonly testClocks: TestClockStore;
}

/** Drafts that are finalized in one transaction. */
const TOGETHER = 100;

/**
 * Finalizes the drafts whose grace is over, by the real time or by test clocks, those first whose grace was over first.
 * Tells whether there may be more. Two replicas may race; each draft is finalized once.
 */
export async function finalizeHeld(stores: HeldStores, nowMs: () => number): Promise<boolean> {
  return byEachClock(stores.testClocks, nowMs(), (untilMs, of) =>
    finalizeOver(stores, untilMs, of, nowMs),
  );
}

async function finalizeOver(
  stores: HeldStores,
  untilMs: number,
  of: OfClock,
  nowMs: () => number,
): Promise<boolean> {
  const over = await stores.invoices.whoseGraceIsOver(untilMs, of, TOGETHER);
  if (over.length === 0) return false;
  await inTransaction(stores.mongo, async (session) => {
    // As they are now: somebody may have edited or finalized one since.
    const stored = await stores.invoices.findMany(over, session);
    const drafts = over.flatMap(({ id }) => {
      const invoice = stored.get(id);
      return invoice?.status === 'draft' ? [invoice] : [];
    });
    await finalizeDrafts(stores, drafts, isStored, nowMs, session);
  });
  return over.length === TOGETHER;
}

const isStored = (_id: InvoiceId): boolean => true;
