import type { InvoiceId, OrganisationId } from '@billingrails/ids';
import { assert } from '@billingrails/errors';
import { dateOf, type IndexSpec } from '@billingrails/mongo';
import { BSON, type ClientSession, type Db, type Filter } from 'mongodb';
import type { OfClock } from '../../clocks/store/test-clocks';
import { inTime, type TimeQuery } from '../../store/by-time';
import type { DraftInvoice, FinalizedInvoice, Invoice } from '../domain/invoice';
import {
  creditToDoc,
  invoiceFromDoc,
  invoiceToDoc,
  termsToDoc,
  type InvoiceDoc,
} from './invoice-doc';

/** An invoice's place in the list of its organisation: newest first, so by falling sequence. */
export interface InvoicePosition {
  /** Infinity for a draft. */
  readonly sequence: number;
  readonly id: string;
}

export interface InvoiceQuery {
  /** Who owes them. */
  readonly accountId?: string;
  /** Whose subscription a section is of. */
  readonly sectionAccountId?: string;
  readonly status?: Invoice['status'];
  /** Only what comes after it in the list. */
  readonly after?: InvoicePosition;
  /** At least 1. A page ends before it where the invoices are so long that they would not fit an answer. */
  readonly limit: number;
}

export interface InvoicePage {
  readonly invoices: readonly Invoice[];
  /** Where the next page begins; unset when there is none. */
  readonly last?: InvoicePosition;
}

/** An invoice with its place among the organisation's. */
export interface Numbered {
  readonly invoice: FinalizedInvoice;
  readonly sequence: number;
}

/** The collection `invoices`. What is finalized is never written again: all updates match drafts only. */
export interface InvoiceStore {
  find(
    organisationId: OrganisationId,
    id: InvoiceId,
    session?: ClientSession,
  ): Promise<Invoice | undefined>;
  /** Those that are stored, by id. */
  findMany(
    invoices: readonly Pick<Invoice, 'organisationId' | 'id'>[],
    session?: ClientSession,
  ): Promise<Map<InvoiceId, Invoice>>;
  list(organisationId: OrganisationId, query: InvoiceQuery): Promise<InvoicePage>;
  /**
   * Those at the places, of which none is a draft's, newest first, at most `limit`: more places than that tell that
   * there is another page.
   */
  page(
    organisationId: OrganisationId,
    places: readonly InvoicePosition[],
    limit: number,
  ): Promise<InvoicePage>;
  /** Finalized ones by their issue times, the oldest first, as many as make about a MiB; none: there are no more. */
  inTime(organisationId: OrganisationId, query: TimeQuery): Promise<FinalizedInvoice[]>;
  countInTime(organisationId: OrganisationId, query: TimeQuery): Promise<number>;
  insertFinalized(invoices: readonly Numbered[], session: ClientSession): Promise<void>;
  insertDrafts(drafts: readonly DraftInvoice[], session: ClientSession): Promise<void>;
  /** Throws where it is no draft. */
  finalize(invoice: FinalizedInvoice, sequence: number, session: ClientSession): Promise<void>;
  /** Replaces what the draft's terms are. Throws where it is no draft. */
  replaceTerms(draft: DraftInvoice, session: ClientSession): Promise<void>;
  /** Drafts whose grace is over by then, of one organisation or of all but some, the first first. */
  whoseGraceIsOver(ms: number, of: OfClock, limit: number): Promise<DraftInvoice[]>;
}

const INVOICES = 'invoices';

/** Of documents. An answer may have 4 MiB and says about the same as they do, as JSON in more letters. */
const PAGE_BYTES_MAX = 1024 * 1024;
/** At most so many are read at once for an export. */
const EXPORT_PAGE = 200;

/**
 * The lists: of all accounts, and of one that owes them or has a section. A status is a span of the sequence, so it
 * needs no index of its own. What is finalized, by its date, for exports. That no number is given twice rests on the
 * counter; the unique index says it once more.
 */
export const INVOICE_INDEXES = [
  { collection: INVOICES, key: { organisationId: 1, sequence: -1, _id: -1 } },
  { collection: INVOICES, key: { organisationId: 1, accountIds: 1, sequence: -1, _id: -1 } },
  {
    collection: INVOICES,
    key: { holdUntilTime: 1, organisationId: 1, _id: 1 },
    partialFilterExpression: { status: 'draft' },
  },
  {
    collection: INVOICES,
    key: { organisationId: 1, issueTime: 1, _id: 1, accountId: 1 },
    partialFilterExpression: { status: 'finalized' },
  },
  {
    collection: INVOICES,
    key: { organisationId: 1, number: 1 },
    unique: true,
    partialFilterExpression: { status: 'finalized' },
  },
] as const satisfies readonly IndexSpec[];

/** Opens the invoices. */
export function invoiceStore(db: Db): InvoiceStore {
  const collection = db.collection<InvoiceDoc>(INVOICES);
  return {
    async find(organisationId, id, session) {
      const filter = { _id: id, organisationId };
      const doc = await collection.findOne(filter, session === undefined ? {} : { session });
      return doc === null ? undefined : invoiceFromDoc(doc);
    },
    async findMany(invoices, session) {
      const filter = {
        _id: { $in: invoices.map(({ id }) => id) },
        organisationId: { $in: [...new Set(invoices.map((invoice) => invoice.organisationId))] },
      };
      const options = session === undefined ? {} : { session };
      const docs = await collection.find(filter, options).toArray();
      return new Map(docs.map(invoiceFromDoc).map((invoice) => [invoice.id, invoice]));
    },
    async list(organisationId, query) {
      // One more than asked for tells whether there is a next page.
      const cursor = collection
        .find(listFilter(organisationId, query))
        .sort({ sequence: -1, _id: -1 })
        .limit(query.limit + 1);
      return readPage(cursor, query.limit);
    },
    async page(organisationId, places, limit) {
      const filter = { organisationId, sequence: { $in: places.map(({ sequence }) => sequence) } };
      return readPage(collection.find(filter).sort({ sequence: -1 }), limit);
    },
    async inTime(organisationId, query) {
      const cursor = collection
        .find({ ...inTime(organisationId, 'issueTime', query), status: 'finalized' })
        .sort({ issueTime: 1, _id: 1 })
        .limit(EXPORT_PAGE);
      const { invoices } = await readPage(cursor, EXPORT_PAGE);
      return invoices.flatMap((invoice) => (invoice.status === 'finalized' ? invoice : []));
    },
    async countInTime(organisationId, query) {
      const filter = {
        ...inTime(organisationId, 'issueTime', query),
        status: 'finalized' as const,
      };
      return collection.countDocuments(filter);
    },
    async insertFinalized(invoices, session) {
      const docs = invoices.map(({ invoice, sequence }) => invoiceToDoc(invoice, sequence));
      if (docs.length > 0) await collection.insertMany(docs, { session });
    },
    async insertDrafts(drafts, session) {
      const docs = drafts.map((draft) => invoiceToDoc(draft, Infinity));
      if (docs.length > 0) await collection.insertMany(docs, { session });
    },
    async finalize(invoice, sequence, session) {
      const { status, number, finalizeMs, balanceApplied, credits } = invoice;
      const finalizeTime = dateOf(finalizeMs);
      const balanceAppliedMinorUnits = balanceApplied.minorUnits.toString();
      const { matchedCount } = await collection.updateOne(
        draftOf(invoice),
        {
          $set: {
            ...{ status, sequence, number, finalizeTime, balanceAppliedMinorUnits },
            ...(credits.length === 0 ? {} : { credits: credits.map(creditToDoc) }),
          },
          $unset: { holdUntilTime: true, needsApproval: true },
        },
        { session },
      );
      assert(matchedCount === 1, 'only a draft is finalized');
    },
    async replaceTerms(draft, session) {
      const terms = termsToDoc(draft.terms);
      const { matchedCount } = await collection.updateOne(
        draftOf(draft),
        { $set: { terms } },
        { session },
      );
      assert(matchedCount === 1, 'only a draft is edited');
    },
    async whoseGraceIsOver(ms, of, limit) {
      const filter: Filter<InvoiceDoc> = {
        status: 'draft',
        holdUntilTime: { $lte: dateOf(ms) },
        organisationId: typeof of === 'string' ? of : { $nin: [...of.allBut] },
      };
      const sort = { holdUntilTime: 1, organisationId: 1, _id: 1 } as const;
      const docs = await collection.find(filter).sort(sort).limit(limit).toArray();
      return docs.map(invoiceFromDoc).flatMap((draft) => (draft.status === 'draft' ? draft : []));
    },
  };
}

function draftOf({ id, organisationId }: Invoice): Filter<InvoiceDoc> {
  return { _id: id, organisationId, status: 'draft' };
}

async function readPage(docs: AsyncIterable<InvoiceDoc>, limit: number): Promise<InvoicePage> {
  const invoices: Invoice[] = [];
  let bytes = 0;
  let last: InvoicePosition | undefined;
  for await (const doc of docs) {
    if (last !== undefined && (invoices.length === limit || bytes > PAGE_BYTES_MAX)) {
      return { invoices, last };
    }
    invoices.push(invoiceFromDoc(doc));
    bytes += BSON.calculateObjectSize(doc);
    last = { sequence: doc.sequence, id: doc._id };
  }
  return { invoices };
}

function listFilter(
  organisationId: OrganisationId,
  { accountId, sectionAccountId, status, after }: InvoiceQuery,
): Filter<InvoiceDoc> {
  return {
    organisationId,
    ...(accountId === undefined ? {} : { accountIds: accountId, accountId }),
    ...(sectionAccountId === undefined ? {} : { $and: withSection(sectionAccountId) }),
    // The index begins where the page before ended; of the same place only drafts are several.
    sequence: { $lte: after?.sequence ?? Infinity, ...(status && statusSpan(status)) },
    ...(after === undefined
      ? {}
      : { $or: [{ sequence: { $lt: after.sequence } }, { _id: { $lt: after.id } }] }),
  };
}

/** The index finds those that the account owes or has a section on; most are both. */
function withSection(accountId: string): Filter<InvoiceDoc>[] {
  const is = { $elemMatch: { accountId } };
  const isPayer = { accountId, sections: { $elemMatch: { accountId: { $exists: false } } } };
  return [{ accountIds: accountId }, { $or: [{ sections: is }, isPayer] }];
}

function statusSpan(status: Invoice['status']): { $gte: number } | { $lt: number } {
  return status === 'draft' ? { $gte: Infinity } : { $lt: Infinity };
}
