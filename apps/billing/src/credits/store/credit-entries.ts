import type { CreditGrantId, CreditUnitId, OrganisationId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import { MaxKey, MinKey, type ClientSession, type Db, type Filter } from 'mongodb';
import type { CreditEntry, EntryKind, OwnedEntry } from '../domain/credit-entry';
import type { CreditCategory } from '../domain/credit-grant';

/** Whose entries of which unit. */
export interface EntryOwner {
  readonly organisationId: OrganisationId;
  readonly accountId: string;
  readonly creditUnitId: string;
}

/** Where an entry stands among an organisation's. */
export type EntryPosition = Pick<OwnedEntry, 'accountId' | 'creditUnitId' | 'sequence'>;

/** Which entries of an account and unit. */
export interface EntryPeriods {
  /** For days that begin from then on, and before. */
  readonly days?: Bounds;
  /** When they were posted: from then on, and before. */
  readonly posted?: Bounds;
}

/** Instants from one on and before another; unset: all. */
export interface Bounds {
  readonly startMs?: number;
  readonly endMs?: number;
}

/** A page of an account's entries. */
export interface EntryPage extends EntryPeriods {
  readonly afterSequence: number;
  /** At most so many. Unset: all. */
  readonly limit?: number;
}

/** Which entries of an organisation, by account, unit and sequence. */
export interface EntryQuery {
  readonly accountId?: string;
  readonly creditUnitId?: string;
  /** When they were posted. */
  readonly posted?: Bounds;
  /** Only what comes after it. */
  readonly after?: EntryPosition;
}

interface CreditEntryDoc {
  /** The order of the fields is part of the key, and lists an account's entries in order. */
  _id: {
    organisationId: OrganisationId;
    accountId: string;
    creditUnitId: string;
    sequence: number;
  };
  kind: EntryKind;
  dayTime: Date;
  creditGrantId?: string;
  category?: CreditCategory;
  amount: string;
  balance: string;
  postTime: Date;
}

/** The collection `credit_entries`: only added to. */
export interface CreditEntryStore {
  insert(owner: EntryOwner, entries: readonly CreditEntry[], session: ClientSession): Promise<void>;
  /** Those of an account and unit after a sequence, in order. */
  list(owner: EntryOwner, page: EntryPage): Promise<CreditEntry[]>;
  /** At most so many. */
  ofAll(organisationId: OrganisationId, query: EntryQuery, limit: number): Promise<OwnedEntry[]>;
  countOfAll(organisationId: OrganisationId, query: EntryQuery): Promise<number>;
  /** Those of an account and unit for the days from an instant on, in no order. */
  since(owner: EntryOwner, fromMs: number): Promise<CreditEntry[]>;
  /** The newest of an account and unit. */
  last(owner: EntryOwner): Promise<CreditEntry | undefined>;
  /** Those of a unit on the days before an instant, of all accounts, in no order. */
  ofUnit(
    organisationId: OrganisationId,
    creditUnitId: CreditUnitId,
    untilMs: Period['endMs'],
  ): AsyncIterable<CreditEntry>;
}

const CREDIT_ENTRIES = 'credit_entries';
/** A unit stands inside the key, where no other index finds it. */
const BY_KEY = { _id: 1 } as const;

/** Finds in order what is of periods by the index alone: only what is listed is read. */
const BY_SEQUENCE = {
  ...{ '_id.organisationId': 1, '_id.accountId': 1, '_id.creditUnitId': 1 },
  ...{ '_id.sequence': 1, dayTime: 1, postTime: 1 },
} as const;

/** What a unit came to by some day, what was posted of an account for days, and its entries in order. */
export const CREDIT_ENTRY_INDEXES = [
  {
    collection: CREDIT_ENTRIES,
    key: { '_id.organisationId': 1, '_id.creditUnitId': 1, dayTime: 1 },
  },
  {
    collection: CREDIT_ENTRIES,
    key: { '_id.organisationId': 1, '_id.accountId': 1, '_id.creditUnitId': 1, dayTime: 1 },
  },
  { collection: CREDIT_ENTRIES, key: BY_SEQUENCE },
] as const satisfies readonly IndexSpec[];

/** Opens the entries of credits. */
export function creditEntryStore(db: Db): CreditEntryStore {
  const collection = db.collection<CreditEntryDoc>(CREDIT_ENTRIES);
  return {
    async insert(owner, entries, session) {
      const docs = entries.map((entry) => toDoc(owner, entry));
      if (docs.length > 0) await collection.insertMany(docs, { session });
    },
    async list({ organisationId, accountId, creditUnitId }, page) {
      const { afterSequence, limit = 0, days = {}, posted = {} } = page;
      const filter = {
        '_id.organisationId': organisationId,
        '_id.accountId': accountId,
        '_id.creditUnitId': creditUnitId,
        '_id.sequence': { $gt: afterSequence },
        ...within('dayTime', days),
        ...within('postTime', posted),
      } as Filter<CreditEntryDoc>;
      const found = collection.find(filter).sort({ '_id.sequence': 1 }).hint(BY_SEQUENCE);
      return (await found.limit(limit).toArray()).map(fromDoc);
    },
    async ofAll(organisationId, query, limit) {
      const found = collection.find(allFilter(organisationId, query)).sort({ _id: 1 });
      return (await found.hint(BY_KEY).limit(limit).toArray()).map((doc) => {
        const { accountId, creditUnitId } = doc._id;
        return { ...fromDoc(doc), accountId, creditUnitId };
      });
    },
    async countOfAll(organisationId, query) {
      return collection.countDocuments(allFilter(organisationId, query), { hint: BY_KEY });
    },
    async since({ organisationId, accountId, creditUnitId }, fromMs) {
      const filter = {
        '_id.organisationId': organisationId,
        '_id.accountId': accountId,
        '_id.creditUnitId': creditUnitId,
        dayTime: { $gte: dateOf(fromMs) },
      } as Filter<CreditEntryDoc>;
      return (await collection.find(filter).toArray()).map(fromDoc);
    },
    async last({ organisationId, accountId, creditUnitId }) {
      const owner = { organisationId, accountId, creditUnitId };
      const filter = {
        _id: { $gt: { ...owner, sequence: 0 }, $lt: { ...owner, sequence: new MaxKey() } },
      } as unknown as Filter<CreditEntryDoc>;
      const [doc] = await collection.find(filter).sort({ _id: -1 }).limit(1).toArray();
      return doc === undefined ? undefined : fromDoc(doc);
    },
    async *ofUnit(organisationId, creditUnitId, untilMs) {
      const filter = {
        '_id.organisationId': organisationId,
        '_id.creditUnitId': creditUnitId,
        dayTime: { $lt: dateOf(untilMs) },
      } as Filter<CreditEntryDoc>;
      for await (const doc of collection.find(filter)) yield fromDoc(doc);
    },
  };
}

function allFilter(
  organisationId: OrganisationId,
  { accountId, creditUnitId, posted = {}, after }: EntryQuery,
): Filter<CreditEntryDoc> {
  // The fields of the key are in its order; without an account, those of all units lie between.
  const bound = (end: MinKey | MaxKey) => ({
    ...{ organisationId, accountId: accountId ?? end },
    ...{ creditUnitId: (accountId && creditUnitId) || end, sequence: end },
  });
  return {
    _id: {
      $gt: after === undefined ? bound(new MinKey()) : { organisationId, ...after },
      $lt: bound(new MaxKey()),
    },
    ...(creditUnitId && accountId === undefined ? { '_id.creditUnitId': creditUnitId } : {}),
    ...within('postTime', posted),
  } as unknown as Filter<CreditEntryDoc>;
}

/** A filter on instants of a field; nothing where there are no bounds. */
function within(field: 'dayTime' | 'postTime', { startMs, endMs }: Bounds): object {
  if (startMs === undefined && endMs === undefined) return {};
  return {
    [field]: {
      ...(startMs === undefined ? {} : { $gte: dateOf(startMs) }),
      ...(endMs === undefined ? {} : { $lt: dateOf(endMs) }),
    },
  };
}

function toDoc(
  { organisationId, accountId, creditUnitId }: EntryOwner,
  { sequence, dayMs, amount, balance, postMs, ...identity }: CreditEntry,
): CreditEntryDoc {
  return {
    _id: { organisationId, accountId, creditUnitId, sequence },
    ...identity,
    dayTime: dateOf(dayMs),
    amount: decimalText(amount),
    balance: decimalText(balance),
    postTime: dateOf(postMs),
  };
}

function fromDoc({ _id, kind, creditGrantId, category, ...doc }: CreditEntryDoc): CreditEntry {
  return {
    sequence: _id.sequence,
    kind,
    ...(creditGrantId === undefined ? {} : { creditGrantId: creditGrantId as CreditGrantId }),
    ...(category === undefined ? {} : { category }),
    dayMs: msOf(doc.dayTime),
    amount: decimal(doc.amount),
    balance: decimal(doc.balance),
    postMs: msOf(doc.postTime),
  };
}
