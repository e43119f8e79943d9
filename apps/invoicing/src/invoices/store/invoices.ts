import type { InvoiceId, OrganisationId } from '@billingrails/ids';
import { assert } from '@billingrails/errors';
import { dateOf, type IndexSpec } from '@billingrails/mongo';
import { BSON, type ClientSession, type Db, type Filter } from 'mongodb';
import type { FinalizedInvoice, Invoice } from '../domain/invoice';
import { invoiceFromDoc, invoiceToDoc, type InvoiceDoc } from './invoice-doc';

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

/** The collection `invoices`. What is finalized is never written again: `finalize` matches drafts only. */
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
  insertFinalized(invoices: readonly Numbered[], session: ClientSession): Promise<void>;
  finalize(invoice: FinalizedInvoice, sequence: number, session: ClientSession): Promise<void>;
}

const INVOICES = 'invoices';

/** Of documents. An answer may have 4 MiB and says about the same as they do, as JSON in more letters. */
const PAGE_BYTES_MAX = 1024 * 1024;

/**
 * The lists: of all accounts, and of one that owes them or has a section. A status is a span of the sequence, so it
 * needs no index of its own. That no number is given twice rests on the counter; the unique index says it once more.
 */
export const INVOICE_INDEXES = [
  { collection: INVOICES, key: { organisationId: 1, sequence: -1, _id: -1 } },
  { collection: INVOICES, key: { organisationId: 1, accountIds: 1, sequence: -1, _id: -1 } },
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
    async insertFinalized(invoices, session) {
      const docs = invoices.map(({ invoice, sequence }) => invoiceToDoc(invoice, sequence));
      if (docs.length > 0) await collection.insertMany(docs, { session });
    },
    async finalize(invoice, sequence, session) {
      const { id, organisationId, status, number, finalizeMs } = invoice;
      const { matchedCount } = await collection.updateOne(
        { _id: id, organisationId, status: 'draft' },
        { $set: { status, sequence, number, finalizeTime: dateOf(finalizeMs) } },
        { session },
      );
      assert(matchedCount === 1, 'only a draft is finalized');
    },
  };
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
