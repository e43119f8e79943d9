import type { AccountId, CreditNoteId, InvoiceId, LineId, OrganisationId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import { inTime, type TimeQuery } from '../../store/by-time';
import type { CreditedLine, CreditNote } from '../domain/credit-note';

/** Decimals and minor units are text, which keeps every digit. */
interface CreditNoteDoc {
  _id: CreditNoteId;
  organisationId: OrganisationId;
  accountId: AccountId;
  invoiceId: InvoiceId;
  invoiceNumber: string;
  number: string;
  currencyCode: string;
  issueTime: Date;
  finalizeTime: Date;
  reason: string;
  lines: LineDoc[];
  writtenOff: string;
  toBalance: string;
  refunded: string;
  /** Missing where it was made before: 0. */
  toCredits?: string;
}

interface LineDoc {
  lineId: LineId;
  description: string;
  quantity?: string;
  net: string;
  taxes: { tax: number; amount: string }[];
}

/** Which credit notes, newest first. */
export interface CreditNoteQuery {
  readonly accountId?: string;
  readonly invoiceId?: string;
  /** Only what comes after it in the list. */
  readonly afterId?: string;
  readonly limit: number;
}

/** The collection `credit_notes`: only added to. */
export interface CreditNoteStore {
  /** By their issue times, the oldest first, at most so many. */
  inTime(organisationId: OrganisationId, query: TimeQuery, limit: number): Promise<CreditNote[]>;
  countInTime(organisationId: OrganisationId, query: TimeQuery): Promise<number>;
  insert(creditNote: CreditNote, session: ClientSession): Promise<void>;
  find(organisationId: OrganisationId, id: CreditNoteId): Promise<CreditNote | undefined>;
  /** All of an invoice. */
  ofInvoice(
    organisationId: OrganisationId,
    invoiceId: InvoiceId,
    session: ClientSession,
  ): Promise<CreditNote[]>;
  list(organisationId: OrganisationId, query: CreditNoteQuery): Promise<CreditNote[]>;
}

const CREDIT_NOTES = 'credit_notes';

/** The lists; that no number is given twice rests on the counter, and the unique index says it once more. */
export const CREDIT_NOTE_INDEXES = [
  { collection: CREDIT_NOTES, key: { organisationId: 1, _id: -1 } },
  { collection: CREDIT_NOTES, key: { organisationId: 1, issueTime: 1, _id: 1, accountId: 1 } },
  { collection: CREDIT_NOTES, key: { organisationId: 1, accountId: 1, _id: -1 } },
  { collection: CREDIT_NOTES, key: { organisationId: 1, invoiceId: 1, _id: -1 } },
  { collection: CREDIT_NOTES, key: { organisationId: 1, number: 1 }, unique: true },
] as const satisfies readonly IndexSpec[];

/** Opens the credit notes. */
export function creditNoteStore(db: Db): CreditNoteStore {
  const collection = db.collection<CreditNoteDoc>(CREDIT_NOTES);
  return {
    async inTime(organisationId, query, limit) {
      const found = collection.find(inTime(organisationId, 'issueTime', query));
      const docs = await found.sort({ issueTime: 1, _id: 1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async countInTime(organisationId, query) {
      return collection.countDocuments(inTime(organisationId, 'issueTime', query));
    },
    async insert(creditNote, session) {
      await collection.insertOne(toDoc(creditNote), { session });
    },
    async find(organisationId, id) {
      const doc = await collection.findOne({ _id: id, organisationId });
      return doc === null ? undefined : fromDoc(doc);
    },
    async ofInvoice(organisationId, invoiceId, session) {
      const docs = await collection.find({ organisationId, invoiceId }, { session }).toArray();
      return docs.map(fromDoc);
    },
    async list(organisationId, { accountId, invoiceId, afterId, limit }) {
      const filter = {
        organisationId,
        ...(accountId === undefined ? {} : { accountId }),
        ...(invoiceId === undefined ? {} : { invoiceId }),
        ...(afterId === undefined ? {} : { _id: { $lt: afterId } }),
      } as Filter<CreditNoteDoc>;
      const docs = await collection.find(filter).sort({ _id: -1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
  };
}

function toDoc({ id, issueMs, finalizeMs, lines, ...rest }: CreditNote): CreditNoteDoc {
  return {
    _id: id,
    ...rest,
    issueTime: dateOf(issueMs),
    finalizeTime: dateOf(finalizeMs),
    lines: lines.map(lineToDoc),
    writtenOff: rest.writtenOff.toString(),
    toBalance: rest.toBalance.toString(),
    refunded: rest.refunded.toString(),
    toCredits: rest.toCredits.toString(),
  };
}

function lineToDoc({ lineId, description, quantity, net, taxes }: CreditedLine): LineDoc {
  return {
    ...{ lineId, description },
    ...(quantity === undefined ? {} : { quantity: decimalText(quantity) }),
    net: net.toString(),
    taxes: taxes.map(({ tax, amount }) => ({ tax, amount: amount.toString() })),
  };
}

function fromDoc({ _id, issueTime, finalizeTime, lines, ...rest }: CreditNoteDoc): CreditNote {
  return {
    id: _id,
    ...rest,
    issueMs: msOf(issueTime),
    finalizeMs: msOf(finalizeTime),
    lines: lines.map(lineFromDoc),
    writtenOff: BigInt(rest.writtenOff),
    toBalance: BigInt(rest.toBalance),
    refunded: BigInt(rest.refunded),
    toCredits: BigInt(rest.toCredits ?? '0'),
  };
}

function lineFromDoc({ lineId, description, quantity, net, taxes }: LineDoc): CreditedLine {
  return {
    ...{ lineId, description },
    ...(quantity === undefined ? {} : { quantity: decimal(quantity) }),
    net: BigInt(net),
    taxes: taxes.map(({ tax, amount }) => ({ tax, amount: BigInt(amount) })),
  };
}
