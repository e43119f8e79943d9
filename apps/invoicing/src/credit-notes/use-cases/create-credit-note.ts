import { assert, notFound } from '@billingrails/errors';
import { parseId, type IdSource, type OrganisationId } from '@billingrails/ids';
import { addToOutbox } from '@billingrails/mongo';
import { civilDateOf } from '@billingrails/time';
import type { ClientSession } from 'mongodb';
import { refundCreditNote } from '../../collecting/use-cases/refund-payment';
import { creditsAppliedOf, timeZoneOf, type FinalizedInvoice } from '../../invoices/domain/invoice';
import { existing } from '../../invoices/use-cases/existing';
import { numberShape } from '../../numbering/domain/number-format';
import { takeNumbers } from '../../numbering/use-cases/take-numbers';
import type { AccountEntry } from '../../receivables/domain/account-entry';
import { withCredit } from '../../receivables/domain/receivable';
import { existingReceivable } from '../../receivables/use-cases/existing';
import { openBalances } from '../../receivables/use-cases/open-balances';
import { tellPaid } from '../../receivables/use-cases/tell-paid';
import { effectiveFor } from '../../settings/store/invoicing-settings';
import type { Stores } from '../../store/stores';
import { creditNoteCreated } from '../contract/credit-note-changed';
import { creditLines, type LineRequest } from '../domain/credit-lines';
import { totalOf, type CreditNote } from '../domain/credit-note';
import { dispose, type Disposition } from '../domain/disposition';

/** What is to be taken back of an invoice. */
export interface CreditNoteDraft {
  readonly invoiceId: string;
  /** Empty: all that is left. */
  readonly lines: readonly LineRequest[];
  readonly disposition: Disposition;
  readonly reason: string;
}

/** What creating needs beside the stores. */
export interface CreateParts {
  readonly stores: Stores;
  readonly ids: IdSource;
  readonly nowMs: () => number;
}

/**
 * Creates a credit note with the next number of its series, and does with the receivable, the balance and the statement
 * what follows. Of several of an invoice at once each sees what those before took back, as all write its receivable.
 */
export async function createCreditNote(
  { stores, ids, nowMs }: CreateParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: CreditNoteDraft,
): Promise<CreditNote> {
  const { receivables, creditNotes, invoices, testClocks } = stores;
  const { invoiceId, disposition, reason } = draft;
  const receivable = await existingReceivable(receivables, organisationId, invoiceId, session);
  const invoice = await existing(invoices, organisationId, invoiceId, session);
  assert(invoice.status === 'finalized', 'what has a receivable is finalized');
  const before = await creditNotes.ofInvoice(organisationId, invoice.id, session);
  const taken = before.flatMap(({ lines }) => lines);
  const lines = creditLines(invoice, taken, draft.lines);
  const amount = totalOf({ lines });
  const refundedBefore = before.reduce((sum, { refunded }) => sum + refunded, 0n);
  const invoiceTotal = invoice.total.minorUnits;
  const applied = creditsAppliedOf(invoice).minorUnits;
  const creditsLeft = before.reduce((sum, { toCredits }) => sum - toCredits, applied);
  const asked = { amount, invoiceTotal, refundedBefore, creditsLeft };
  const disposed = dispose(receivable, asked, disposition);
  const credited = withCredit(receivable, amount, disposed.writtenOff);
  await receivables.replace(credited, session);

  const issueMs = await testClocks.present(organisationId, session);
  const creditNote: CreditNote = {
    ...{ id: ids.next('crn'), organisationId, accountId: invoice.accountId },
    ...{ invoiceId: invoice.id, invoiceNumber: invoice.number },
    ...(await numberOf(stores, session, invoice, issueMs, nowMs())),
    ...{ currencyCode: invoice.total.currencyCode, issueMs, reason, lines },
    ...disposed,
  };
  await creditNotes.insert(creditNote, session);
  await book(stores, session, creditNote, amount);
  const created = creditNoteCreated(creditNote, invoice.isTest ?? false);
  await addToOutbox(stores.mongo.db, session, created);
  const when = { occasion: creditNote.id, occurMs: issueMs, createMs: creditNote.finalizeMs };
  if (disposed.writtenOff > 0n) await tellPaid(stores, session, [credited], when);
  await refundCreditNote({ stores, ids, nowMs }, session, creditNote);
  await returnCredits(stores, creditNote, receivable.credited);
  return creditNote;
}

/**
 * Gives back to prepaid credits what they paid: last of all, so that nothing can refuse it any more. Done again with
 * the transaction it has the same id, as what was credited before only grows, and is done once.
 */
async function returnCredits(
  { prepaid }: Stores,
  { organisationId, invoiceId, currencyCode, toCredits }: CreditNote,
  creditedBefore: bigint,
): Promise<void> {
  if (toCredits === 0n) return;
  await prepaid.giveBack(organisationId, {
    id: `${invoiceId}/credited/${creditedBefore}/${toCredits}`,
    invoiceId,
    atMost: { currencyCode, minorUnits: toCredits },
  });
}

/** The credit note that a request names. Another organisation's looks exactly like none. */
export async function existingCreditNote(
  { creditNotes }: Stores,
  organisationId: OrganisationId,
  text: string,
): Promise<CreditNote> {
  const id = parseId('crn', text);
  const creditNote = id === undefined ? undefined : await creditNotes.find(organisationId, id);
  if (creditNote === undefined)
    throw notFound('CREDIT_NOTE_NOT_FOUND', 'There is no credit note of that id.');
  return creditNote;
}

async function numberOf(
  { numbers, settings }: Stores,
  session: ClientSession,
  invoice: FinalizedInvoice,
  issueMs: number,
  nowMs: number,
) {
  const { organisationId } = invoice;
  const { numberFormat, creditNoteSeries } = await effectiveFor(settings, invoice, session);
  const year = civilDateOf(issueMs, timeZoneOf(invoice)).slice(0, 4);
  const shape = numberShape(numberFormat, creditNoteSeries, year);
  const [taken] = await takeNumbers(numbers, organisationId, [shape], nowMs, session);
  assert(taken !== undefined, 'a number was taken');
  return { number: taken.number, finalizeMs: taken.finalizeMs };
}

async function book(
  { balances, accountEntries }: Stores,
  session: ClientSession,
  creditNote: CreditNote,
  amount: bigint,
): Promise<void> {
  const { organisationId, accountId, currencyCode, toBalance, refunded } = creditNote;
  const owner = { organisationId, accountId, currencyCode };
  const balance = await openBalances(balances, [owner], session);
  balance.set(owner, balance.of(owner) + toBalance);
  await balances.replace(balance.changed(), session);
  const { id: causeId, number: text, issueMs: atMs } = creditNote;
  const common = { ...owner, atMs, causeId, text };
  // What credits paid was never owed.
  const owed = amount - creditNote.toCredits;
  const entries: AccountEntry[] = [{ ...common, kind: 'credit_note', amount: -owed }];
  if (refunded > 0n) entries.push({ ...common, kind: 'refund', amount: refunded });
  await accountEntries.insert(entries, session);
}
