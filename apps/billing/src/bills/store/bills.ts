import type { AccountId, BillId, OrganisationId, PlanId, SubscriptionId } from '@billingrails/ids';
import {
  dateOf,
  msOf,
  periodFromDoc,
  periodToDoc,
  type IndexSpec,
  type PeriodDoc,
} from '@billingrails/mongo';
import { PAGE_PIECES_MAX } from '@billingrails/rpc';
import { MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import type { Bill } from '../domain/posted-bill';
import type { LedgerStore } from './ledger';

/** The key itself says that a subscription has one bill of each number. */
interface BillKey {
  organisationId: OrganisationId;
  subscriptionId: string;
  number: number;
}

interface BillDoc extends PeriodDoc {
  _id: BillKey;
  id: string;
  accountId: string;
  /** Unset: the account. */
  payerId?: string;
  planId: string;
  planVersion: number;
  cycle: number;
  timeZone: string;
  currencyCode: string;
  dueTime: Date;
  closeTime: Date;
}

/** Where a page of bills begins: after this one. */
export interface BillPosition {
  readonly subscriptionId: string;
  readonly number: number;
}

/**
 * The collection `bills`, with what they posted in the ledger: written once, read by id, listed by subscription and
 * number.
 */
export interface BillStore {
  /** At least one. */
  insert(
    organisationId: OrganisationId,
    bills: readonly Bill[],
    session: ClientSession,
  ): Promise<void>;
  find(organisationId: OrganisationId, id: string): Promise<Bill | undefined>;
  list(
    organisationId: OrganisationId,
    page: {
      readonly subscriptionId?: string;
      readonly after?: BillPosition;
      /** At least 1. A page ends before it where the bills are so long that they would not fit an answer. */
      readonly limit: number;
    },
  ): Promise<BillPage>;
}

/** A page of bills. */
export interface BillPage {
  readonly bills: readonly Bill[];
  /** Where the next page begins; unset when there is none. */
  readonly last?: BillPosition;
}

/** Bills are also read by their derived id. */
export const BILL_INDEXES = [
  { collection: 'bills', key: { '_id.organisationId': 1, id: 1 }, unique: true },
] as const satisfies readonly IndexSpec[];

/** Opens the bills. */
export function billStore(db: Db, ledger: LedgerStore): BillStore {
  const collection = db.collection<BillDoc>('bills');
  const withEntries = async (doc: BillDoc) => {
    const { organisationId, subscriptionId } = doc._id;
    return fromDoc(doc, await ledger.ofBill(organisationId, subscriptionId, doc.id as BillId));
  };
  return {
    async insert(organisationId, bills, session) {
      const docs = bills.map((bill) => toDoc(organisationId, bill));
      await collection.insertMany(docs, { session });
      await ledger.insert(organisationId, bills, session);
    },
    async find(organisationId, id) {
      const filter = { '_id.organisationId': organisationId, id } as Filter<BillDoc>;
      const doc = await collection.findOne(filter);
      return doc === null ? undefined : withEntries(doc);
    },
    async list(organisationId, { subscriptionId, after, limit }) {
      // A token goes on in the list it came from: the subscription that is asked for now comes first.
      const from = {
        subscriptionId: subscriptionId ?? after?.subscriptionId ?? '',
        number: after?.number ?? -1,
      };
      const until = { subscriptionId: subscriptionId ?? new MaxKey(), number: new MaxKey() };
      const filter = {
        _id: { $gt: { organisationId, ...from }, $lt: { organisationId, ...until } },
      } as unknown as Filter<BillDoc>;
      // One more than asked for tells whether there is a next page.
      const docs = collection.find(filter).sort({ _id: 1 });
      return readPage(docs.limit(limit + 1), limit, withEntries);
    },
  };
}

async function readPage(
  docs: AsyncIterable<BillDoc>,
  limit: number,
  read: (doc: BillDoc) => Promise<Bill>,
): Promise<BillPage> {
  const bills: Bill[] = [];
  let pieces = 0;
  let last: BillPosition | undefined;
  for await (const doc of docs) {
    if (last !== undefined && (bills.length === limit || pieces > PAGE_PIECES_MAX))
      return { bills, last };
    const bill = await read(doc);
    bills.push(bill);
    for (const { part } of bill.entries.flatMap(({ lines }) => lines))
      pieces += 1 + part.rated.steps.length;
    last = { subscriptionId: doc._id.subscriptionId, number: doc._id.number };
  }
  return { bills };
}

function toDoc(organisationId: OrganisationId, bill: Bill): BillDoc {
  const { id, subscriptionId, number, accountId, planId, planVersion, cycle, period } = bill;
  const { timeZone, currencyCode, dueMs, closeMs } = bill;
  return {
    _id: { organisationId, subscriptionId, number },
    ...{ id, accountId, planId, planVersion, cycle, timeZone, currencyCode },
    ...(bill.payerId === accountId ? {} : { payerId: bill.payerId }),
    ...periodToDoc(period),
    ...{ dueTime: dateOf(dueMs), closeTime: dateOf(closeMs) },
  };
}

function fromDoc({ _id, ...doc }: BillDoc, entries: Bill['entries']): Bill {
  const { cycle, timeZone, currencyCode, dueTime, closeTime } = doc;
  return {
    id: doc.id as BillId,
    number: _id.number,
    subscriptionId: _id.subscriptionId as SubscriptionId,
    accountId: doc.accountId as AccountId,
    payerId: (doc.payerId ?? doc.accountId) as AccountId,
    planId: doc.planId as PlanId,
    planVersion: doc.planVersion,
    cycle,
    period: periodFromDoc(doc),
    timeZone,
    currencyCode,
    entries,
    dueMs: msOf(dueTime),
    closeMs: msOf(closeTime),
  };
}
