import type { AccountId, InvoiceId, OrganisationId } from '@billingrails/ids';
import { assert } from '@billingrails/errors';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { OfClock } from '../../clocks/store/test-clocks';
import {
  openOf,
  paymentStatusOf,
  type PaymentStatus,
  type Receivable,
  type ReceivableEnd,
} from '../domain/receivable';

/** Minor units are text, which keeps every digit. */
interface ReceivableDoc {
  _id: InvoiceId;
  organisationId: OrganisationId;
  accountId: AccountId;
  sectionAccountIds: AccountId[];
  sequence: number;
  number: string;
  currencyCode: string;
  due: string;
  paid: string;
  credited: string;
  writtenOff: string;
  overdueTime: Date;
  end?: Omit<ReceivableEnd, 'atMs'> & { atTime: Date };
  /** Derived from the others, for lists. */
  status: PaymentStatus;
  /** Set while anything is open. */
  isOpen?: true;
  isOverdueTold?: true;
  /** When it is to be told that it is overdue. Unset: it was. */
  tellOverdueTime?: Date;
}

/** Which receivables, as ListInvoices finds invoices by them. */
export interface ReceivableQuery {
  readonly accountId?: string;
  readonly sectionAccountId?: string;
  readonly status?: PaymentStatus;
  /** Only what is overdue at that time. */
  readonly overdueAtMs?: number;
  /** Only what has a lower place. */
  readonly belowSequence: number;
  readonly limit: number;
}

/** The collection `receivables`: what is paid and what is not, one for each finalized invoice. */
export interface ReceivableStore {
  insert(receivables: readonly Receivable[], session: ClientSession): Promise<void>;
  replace(receivable: Receivable, session: ClientSession): Promise<void>;
  find(
    organisationId: OrganisationId,
    id: InvoiceId,
    session?: ClientSession,
  ): Promise<Receivable | undefined>;
  /** Those of the invoices that have one, by the invoice's id. */
  findMany(
    organisationId: OrganisationId,
    ids: readonly InvoiceId[],
    session?: ClientSession,
  ): Promise<Map<InvoiceId, Receivable>>;
  /** By falling place. */
  list(organisationId: OrganisationId, query: ReceivableQuery): Promise<Receivable[]>;
  /** What an account has open in a currency, the first to become overdue first. */
  openOf(
    organisationId: OrganisationId,
    accountId: AccountId,
    currencyCode: string,
    session?: ClientSession,
  ): Promise<Receivable[]>;
  /** All that is open of accounts after one, or of one account alone, by account. */
  openAfter(
    organisationId: OrganisationId,
    of: { readonly after: string; readonly accountId: string | undefined },
  ): AsyncIterable<Receivable>;
  /** Open ones that are overdue by then, of which that was not told, the first to become so first. */
  overdueUntold(
    ms: number,
    of: OfClock,
    limit: number,
    session?: ClientSession,
  ): Promise<Receivable[]>;
  /** It is told of them, for good. */
  overdueTold(receivables: readonly Receivable[], session: ClientSession): Promise<void>;
}

const RECEIVABLES = 'receivables';
const whileOpen = { partialFilterExpression: { isOpen: true } };

/**
 * Lists by status, of all and of an account that owes or has a section; what is open, by account and due date; what is
 * to be told that it is overdue.
 */
export const RECEIVABLE_INDEXES = [
  { collection: RECEIVABLES, key: { organisationId: 1, status: 1, sequence: -1 } },
  { collection: RECEIVABLES, key: { organisationId: 1, accountId: 1, status: 1, sequence: -1 } },
  {
    collection: RECEIVABLES,
    key: { organisationId: 1, sectionAccountIds: 1, status: 1, sequence: -1 },
  },
  { collection: RECEIVABLES, key: { organisationId: 1, sequence: -1 }, ...whileOpen },
  {
    collection: RECEIVABLES,
    key: { organisationId: 1, accountId: 1, overdueTime: 1, sequence: 1 },
    ...whileOpen,
  },
  {
    collection: RECEIVABLES,
    key: { tellOverdueTime: 1, organisationId: 1, _id: 1 },
    ...whileOpen,
  },
] as const satisfies readonly IndexSpec[];

/** Opens the receivables. */
export function receivableStore(db: Db): ReceivableStore {
  const collection = db.collection<ReceivableDoc>(RECEIVABLES);
  const inSession = (session?: ClientSession) => (session === undefined ? {} : { session });
  return {
    async insert(receivables, session) {
      if (receivables.length > 0) await collection.insertMany(receivables.map(toDoc), { session });
    },
    async replace(receivable, session) {
      const { _id, organisationId, ...doc } = toDoc(receivable);
      const { matchedCount } = await collection.replaceOne(
        { _id, organisationId },
        { organisationId, ...doc },
        { session },
      );
      assert(matchedCount === 1, 'a receivable was there when it was read');
    },
    async find(organisationId, id, session) {
      const doc = await collection.findOne({ _id: id, organisationId }, inSession(session));
      return doc === null ? undefined : fromDoc(doc);
    },
    async findMany(organisationId, ids, session) {
      if (ids.length === 0) return new Map();
      const filter = { _id: { $in: [...ids] }, organisationId };
      const docs = await collection.find(filter, inSession(session)).toArray();
      return new Map(docs.map((doc) => [doc._id, fromDoc(doc)]));
    },
    async list(organisationId, query) {
      const docs = await collection
        .find(listFilter(organisationId, query))
        .sort({ sequence: -1 })
        .limit(query.limit)
        .toArray();
      return docs.map(fromDoc);
    },
    async openOf(organisationId, accountId, currencyCode, session) {
      const filter = { organisationId, accountId, currencyCode, isOpen: true } as const;
      const docs = await collection
        .find(filter, inSession(session))
        .sort({ overdueTime: 1, sequence: 1 })
        .toArray();
      return docs.map(fromDoc);
    },
    async *openAfter(organisationId, { after, accountId }) {
      const only = accountId === undefined ? {} : { $eq: accountId };
      const filter = {
        ...{ organisationId, isOpen: true },
        accountId: { $gt: after, ...only },
      } as Filter<ReceivableDoc>;
      const found = collection.find(filter).sort({ accountId: 1, overdueTime: 1, sequence: 1 });
      for await (const doc of found) yield fromDoc(doc);
    },
    async overdueUntold(ms, of, limit, session) {
      const filter: Filter<ReceivableDoc> = {
        ...{ isOpen: true, tellOverdueTime: { $lte: dateOf(ms) } },
        organisationId: typeof of === 'string' ? of : { $nin: [...of.allBut] },
      };
      const sort = { tellOverdueTime: 1, organisationId: 1, _id: 1 } as const;
      const found = collection.find(filter, inSession(session)).sort(sort).limit(limit);
      return (await found.toArray()).map(fromDoc);
    },
    async overdueTold(receivables, session) {
      const filter = {
        _id: { $in: receivables.map(({ invoiceId }) => invoiceId) },
        organisationId: { $in: [...new Set(receivables.map((each) => each.organisationId))] },
      };
      const update = { $set: { isOverdueTold: true }, $unset: { tellOverdueTime: true } } as const;
      await collection.updateMany(filter, update, { session });
    },
  };
}

function listFilter(
  organisationId: OrganisationId,
  { accountId, sectionAccountId, status, overdueAtMs, belowSequence }: ReceivableQuery,
): Filter<ReceivableDoc> {
  return {
    organisationId,
    ...(accountId === undefined ? {} : { accountId: accountId as AccountId }),
    ...(sectionAccountId === undefined ? {} : { sectionAccountIds: sectionAccountId as AccountId }),
    ...(status === undefined ? {} : { status }),
    ...(overdueAtMs === undefined
      ? {}
      : { isOpen: true, overdueTime: { $lte: dateOf(overdueAtMs) } }),
    sequence: { $lt: belowSequence },
  };
}

function toDoc(receivable: Receivable): ReceivableDoc {
  const { invoiceId, overdueMs, end, due, paid, credited, writtenOff, ...rest } = receivable;
  return {
    _id: invoiceId,
    ...rest,
    sectionAccountIds: [...rest.sectionAccountIds],
    due: due.toString(),
    paid: paid.toString(),
    credited: credited.toString(),
    writtenOff: writtenOff.toString(),
    overdueTime: dateOf(overdueMs),
    ...(end === undefined ? {} : { end: endToDoc(end) }),
    status: paymentStatusOf(receivable),
    ...(openOf(receivable) > 0n ? { isOpen: true } : {}),
    ...(receivable.isOverdueTold ? {} : { tellOverdueTime: dateOf(overdueMs) }),
  };
}

function endToDoc({ atMs, ...end }: ReceivableEnd): NonNullable<ReceivableDoc['end']> {
  return { ...end, atTime: dateOf(atMs) };
}

function fromDoc(doc: ReceivableDoc): Receivable {
  const { _id, status: _status, isOpen: _isOpen, overdueTime, end, ...others } = doc;
  const { tellOverdueTime: _tellOverdueTime, ...rest } = others;
  return {
    ...rest,
    invoiceId: _id,
    due: BigInt(rest.due),
    paid: BigInt(rest.paid),
    credited: BigInt(rest.credited),
    writtenOff: BigInt(rest.writtenOff),
    overdueMs: msOf(overdueTime),
    ...(end === undefined ? {} : { end: endFromDoc(end) }),
  };
}

function endFromDoc({ atTime, ...end }: NonNullable<ReceivableDoc['end']>): ReceivableEnd {
  return { ...end, atMs: msOf(atTime) };
}
