import type { InvoiceId, OrganisationId } from '@billingrails/ids';
import { civilDateOf } from '@billingrails/time';
import { addToOutbox, type Mongo, type OutboxMessage } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { collectionsOf, type Collection } from '../../collecting/domain/collection';
import type { CollectionStore } from '../../collecting/store/collections';
import type { Prepaid } from '../../credits/prepaid';
import { withCredits } from '../../credits/with-credits';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import { numberShape, type NumberShape } from '../../numbering/domain/number-format';
import type { InvoiceNumberStore } from '../../numbering/store/invoice-numbers';
import { takeNumbers } from '../../numbering/use-cases/take-numbers';
import { drawBalance } from '../../receivables/domain/balance';
import { openOf, receivableOf, type Receivable } from '../../receivables/domain/receivable';
import type { AccountEntry } from '../../receivables/domain/account-entry';
import type { AccountEntryStore } from '../../receivables/store/account-entries';
import type { BalanceStore } from '../../receivables/store/balances';
import type { ReceivableStore } from '../../receivables/store/receivables';
import { openBalances } from '../../receivables/use-cases/open-balances';
import { minimumOf, type InvoicingSettings } from '../../settings/domain/invoicing-settings';
import type { InvoicingSettingsStore } from '../../settings/store/invoicing-settings';
import { invoiceChanged } from '../contract/invoice-changed';
import {
  amountDueOf,
  creditsAppliedOf,
  timeZoneOf,
  type DraftInvoice,
  type FinalizedInvoice,
} from '../domain/invoice';
import type { InvoiceStore, Numbered } from '../store/invoices';

/** What finalizing needs of the stores. */
export interface FinalizeStores {
  readonly mongo: Mongo;
  readonly invoices: InvoiceStore;
  readonly numbers: InvoiceNumberStore;
  readonly settings: InvoicingSettingsStore;
  readonly receivables: ReceivableStore;
  readonly balances: BalanceStore;
  readonly accountEntries: AccountEntryStore;
  readonly prepaid: Prepaid;
  readonly collections: CollectionStore;
}

/**
 * Finalizes drafts in the given order, each once: lets prepaid credits pay what they can, gives each the next number of
 * its series, takes what the account's balance has, writes the invoice with its receivable and its line of the
 * statement, and tells of it, all in the transaction. Credits are asked for before anything is written, and are the
 * same when the transaction is run again. Throws a DomainError of kind unavailable when they cannot be asked for just
 * now. `isStored` tells drafts that are in the database from those that are inserted as finalized. `presentMs` is set
 * where it happens because somebody asked; else it does when the draft's grace is over, or at its date.
 */
export async function finalizeDrafts(
  stores: FinalizeStores,
  waiting: readonly DraftInvoice[],
  isStored: (id: InvoiceId) => boolean,
  nowMs: () => number,
  session: ClientSession,
  presentMs?: number,
): Promise<FinalizedInvoice[]> {
  if (waiting.length === 0) return [];
  const drafts = await withCredits(stores.prepaid, waiting);
  const settings = await stores.settings.effective(drafts, session);
  const balances = await openBalances(stores.balances, drafts.map(ownerOf), session);
  const toFinalize = drafts.map((draft, index) => {
    return { draft, settings: settings[index] as InvoicingSettings };
  });
  const finalized: Told[] = [];
  const collections: Collection[] = [];
  // In an order that all replicas have, so that of two the same one always comes first.
  const organisations = new Set(drafts.map(({ organisationId }) => organisationId));
  for (const organisationId of [...organisations].sort()) {
    const own = toFinalize.filter(({ draft }) => draft.organisationId === organisationId);
    const numbers = await numbersFor(stores, organisationId, own, nowMs(), session);
    for (const [index, { draft, settings: held }] of own.entries()) {
      const { number, finalizeMs, sequence } = numbers[index] as (typeof numbers)[number];
      const owner = ownerOf(draft);
      const minimum = minimumOf(held, owner.currencyCode);
      const drawn = drawBalance(amountDueOf(draft).minorUnits, balances.of(owner), minimum);
      balances.set(owner, drawn.balance);
      const invoice = finalizeInvoice(draft, number, finalizeMs, drawn.applied);
      finalized.push({ invoice, sequence, occurMs: presentMs ?? dueToFinalizeMs(draft) });
      collections.push(...collectionsOf(invoice, draft, held));
    }
  }
  await write(stores, finalized, isStored, session);
  await stores.balances.replace(balances.changed(), session);
  await stores.collections.insert(collections, session);
  return finalized.map(({ invoice }) => invoice);
}

/** An invoice, and when it is finalized by the organisation's clock. */
interface Told extends Numbered {
  readonly occurMs: number;
}

function dueToFinalizeMs({ hold, issueMs }: DraftInvoice): number {
  return hold?.kind === 'grace' ? hold.untilMs : issueMs;
}

/** Of test accounts: no other shape begins so, as each has a series of capitals and digits in it. */
const TEST_SHAPE: NumberShape = { prefix: 'test-', digits: 6 };

async function numbersFor(
  { numbers }: FinalizeStores,
  organisationId: OrganisationId,
  drafts: readonly { readonly draft: DraftInvoice; readonly settings: InvoicingSettings }[],
  nowMs: number,
  session: ClientSession,
) {
  const shapes = drafts.map(({ draft, settings }): NumberShape => {
    if (draft.isTest === true) return TEST_SHAPE;
    const year = civilDateOf(draft.issueMs, timeZoneOf(draft)).slice(0, 4);
    return numberShape(settings.numberFormat, settings.series, year);
  });
  return takeNumbers(numbers, organisationId, shapes, nowMs, session);
}

async function write(
  stores: FinalizeStores,
  finalized: readonly Told[],
  isStored: (id: InvoiceId) => boolean,
  session: ClientSession,
): Promise<void> {
  await stores.invoices.insertFinalized(
    finalized.filter(({ invoice }) => !isStored(invoice.id)),
    session,
  );
  for (const { invoice, sequence } of finalized)
    if (isStored(invoice.id)) await stores.invoices.finalize(invoice, sequence, session);
  const receivables = finalized.map(({ invoice, sequence }) => receivableOf(invoice, sequence));
  await stores.receivables.insert(receivables, session);
  const entries = finalized.flatMap(({ invoice }) => entriesOf(invoice));
  await stores.accountEntries.insert(entries, session);
  const messages = finalized.flatMap((each, index) =>
    messagesOf(each, receivables[index] as Receivable),
  );
  await addToOutbox(stores.mongo.db, session, ...messages);
}

/** That it is finalized, and that it is paid where it asks for nothing. */
function messagesOf({ invoice, occurMs }: Told, receivable: Receivable): OutboxMessage[] {
  const change = { invoice, receivable, occurMs, createMs: invoice.finalizeMs };
  const finalized = invoiceChanged({ ...change, type: 'invoice.finalized' });
  if (openOf(receivable) > 0n) return [finalized];
  return [finalized, invoiceChanged({ ...change, type: 'invoice.paid', occasion: invoice.id })];
}

/** What a finalized invoice adds to what is owed, and what prepaid credits take off it at once. */
function entriesOf(invoice: FinalizedInvoice): AccountEntry[] {
  const { id: causeId, number: text, issueMs: atMs, total } = invoice;
  const common = { ...ownerOf(invoice), atMs, causeId, text };
  const credits = creditsAppliedOf(invoice).minorUnits;
  return [
    { ...common, kind: 'invoice', amount: total.minorUnits },
    ...(credits === 0n ? [] : [{ ...common, kind: 'credits' as const, amount: -credits }]),
  ];
}

function ownerOf({ organisationId, accountId, total }: DraftInvoice | FinalizedInvoice) {
  return { organisationId, accountId, currencyCode: total.currencyCode };
}
