import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db, Filter } from 'mongodb';
import type { AggregationMethod, UsageState } from '../../domain/aggregation';
import { NO_GROUP, type Group } from '../../domain/group';
import { READING } from '../../store/reading';
import { updateAll, type UpdateOne } from '../../store/write-commands';
import type { LevelHour } from '../domain/level-hour';
import type { DayRange } from '../domain/usage-cuts';
import { usageDayIdOf, type UsageDay, type UsageDayKey } from '../domain/usage-day';
import {
  addState,
  type StateFields,
  type StateUpdate,
  fieldsOf,
  levelFieldsOf,
  levelHourOf,
  mergeFields,
  stateOf,
} from './usage-state-fields';

const USAGE_DAYS = 'usage_days';

/** Everything is read by account and profile, over a range of days. */
export const USAGE_DAY_INDEXES: readonly IndexSpec[] = [
  { collection: USAGE_DAYS, key: { o: 1, a: 1, p: 1, g: 1, d: 1 } },
];

/**
 * The usage of one account (or a group of it) under one version of a profile on one UTC day: the day's total, and each
 * hour's. Of time_weighted_sum the total is no more than the number of events.
 */
interface UsageDayDoc extends StateFields {
  _id: string;
  /** Organisation, account, profile (its number), group, day (days since 1970-01-01). */
  o: OrganisationId;
  a: AccountId;
  p: number;
  g: string;
  d: number;
  /** By hour of the UTC day, "0" to "23". */
  h?: Record<string, StateFields>;
}

/** Which buckets to read. */
export interface UsageScope {
  readonly organisationId: OrganisationId;
  readonly accountIds: readonly AccountId[];
  /** The number of the profile's version, its method, and whether it has groups. */
  readonly profile: number;
  readonly method: AggregationMethod;
  readonly isGrouped: boolean;
  /** Undefined for all. */
  readonly groups?: readonly Group[] | undefined;
  /** Of these only groups in a range; undefined for all. */
  readonly groupRange?: GroupRange | undefined;
}

/** Groups that follow each other in the order of their bytes. */
export interface GroupRange {
  /** Those after this one; undefined: from the first. */
  readonly after: Group | undefined;
  /** And up to this one; undefined: to the last. */
  readonly upTo: Group | undefined;
}

/** Which groups to find: so many of an account, after one of them, or from the first. */
export interface GroupsFrom {
  readonly accountId: AccountId;
  readonly after: Group | undefined;
  readonly limit: number;
}

/** What is stored of a day. */
export interface StoredDay {
  readonly accountId: AccountId;
  readonly group: Group;
  readonly day: number;
  readonly total: UsageState;
  readonly hours: ReadonlyMap<number, UsageState>;
}

/** What is stored of a bucket. */
export interface StoredBucket extends Pick<StoredDay, 'total' | 'hours'> {
  readonly key: UsageDayKey & { readonly method: AggregationMethod };
}

/** Hours of a day of levels as they are to be, and how many events the whole day has. */
export interface LevelDay {
  readonly key: UsageDayKey;
  readonly eventCount: number;
  readonly hours: ReadonlyMap<number, LevelHour>;
}

function collection(db: Db): Collection<UsageDayDoc> {
  return db.collection<UsageDayDoc>(USAGE_DAYS);
}

/** Which buckets there are, without what they hold. */
export function bucketKeys(db: Db): Collection<Pick<UsageDayDoc, '_id' | 'o' | 'a' | 'p' | 'd'>> {
  return db.collection(USAGE_DAYS);
}

/** Adds usage to its buckets. Every update commutes, so the order of chunks does not matter. */
export async function addUsageDays(
  db: Db,
  session: ClientSession,
  days: readonly UsageDay[],
): Promise<void> {
  await updateAll(db, session, collection(db), days, toAddition, bytesMaxOf);
}

/** Replaces hours of levels, and the numbers of events of their days. */
export async function setLevels(
  db: Db,
  session: ClientSession,
  days: readonly LevelDay[],
): Promise<void> {
  if (days.length === 0) return;
  const updates = days.map(({ key, eventCount, hours }) => {
    const set = [...hours].map(([hour, levels]) => [`h.${hour}`, levelFieldsOf(levels)]);
    return { updateOne: upsertOf(key, { $set: { n: eventCount, ...Object.fromEntries(set) } }) };
  });
  await collection(db).bulkWrite(updates, { session, ordered: false });
}

/** Replaces buckets by what they must be, with all of their hours; those without events go. */
export async function replaceDays(
  db: Db,
  session: ClientSession,
  days: readonly UsageDay[],
): Promise<void> {
  if (days.length === 0) return;
  await collection(db).bulkWrite(
    days.map((day) => {
      const filter = { _id: usageDayIdOf(day) };
      const hours = [...day.hours].filter(([, { eventCount }]) => eventCount > 0);
      if (hours.length === 0) return { deleteOne: { filter } };
      const { organisationId: o, accountId: a, profile: p, group: g, day: d, method } = day;
      const h = Object.fromEntries(hours.map(([hour, state]) => [hour, fieldsOf(state, method)]));
      const { v: _held, ...total } = fieldsOf(day.total, method);
      return { replaceOne: { filter, replacement: { o, a, p, g, d, ...total, h }, upsert: true } };
    }),
    { session, ordered: false },
  );
}

/** Buckets by their names, as far as they are stored and of profiles (by their numbers) whose methods are given. */
export async function readDays(
  db: Db,
  session: ClientSession,
  names: Iterable<string>,
  methods: ReadonlyMap<number, AggregationMethod>,
): Promise<Map<string, StoredBucket>> {
  const stored = new Map<string, StoredBucket>();
  const wanted = [...names];
  for (let from = 0; from < wanted.length; from += NAMES_PER_QUERY) {
    const _id = { $in: wanted.slice(from, from + NAMES_PER_QUERY) };
    for await (const doc of collection(db).find({ _id }, { session, ...READING })) {
      const method = methods.get(doc.p);
      if (method === undefined) continue;
      const { o: organisationId, a: accountId, p: profile, g: group, d: day } = doc;
      const key = { organisationId, accountId, profile, group, day, method };
      const { total, hours } = fromDoc(doc, method);
      stored.set(doc._id, { key, total, hours });
    }
  }
  return stored;
}

/** Keeps a query far below the 16 MiB of a document. */
const NAMES_PER_QUERY = 5_000;

/** The hours of days of levels, by the buckets' names. */
export async function readLevels(
  db: Db,
  session: ClientSession,
  ids: readonly string[],
): Promise<Map<string, ReadonlyMap<number, LevelHour>>> {
  const docs = collection(db).find({ _id: { $in: [...ids] } }, { session, projection: { h: 1 } });
  const days = new Map<string, ReadonlyMap<number, LevelHour>>();
  for await (const { _id, h = {} } of docs) {
    const hours = Object.entries(h).map(
      ([hour, fields]) => [Number(hour), levelHourOf(fields)] as const,
    );
    days.set(_id, new Map(hours));
  }
  return days;
}

/** The totals of the days [fromDay, toDay). */
export async function* readTotals(
  db: Db,
  session: ClientSession,
  scope: UsageScope,
  { fromDay, toDay }: DayRange,
): AsyncGenerator<Omit<StoredDay, 'hours'>> {
  const filter = { ...filterOf(scope), d: { $gte: fromDay, $lt: toDay } };
  const docs = collection(db).find(filter, { session, ...READING, projection: { h: 0 } });
  for await (const doc of docs) yield fromDoc(doc, scope.method);
}

/**
 * What the days [fromDay, toDay) come to together, of each account and group that has any, told of the first day. Of
 * count_unique that is the number of events, as of a day. Not of time_weighted_sum: its levels follow each other.
 */
export async function* readSums(
  db: Db,
  session: ClientSession,
  scope: UsageScope,
  { fromDay, toDay }: DayRange,
): AsyncGenerator<Omit<StoredDay, 'hours'>> {
  const found = collection(db).aggregate<SummedDoc>(
    [
      { $match: { ...filterOf(scope), d: { $gte: fromDay, $lt: toDay } } },
      { $group: { _id: { a: '$a', g: '$g' }, n: { $sum: '$n' }, ...mergeFields(scope.method) } },
    ],
    { session, ...READING },
  );
  for await (const { _id, m, l, ...sums } of found) {
    const total = stateOf({ ...sums, ...(m && { m }), ...(l && { l }) }, scope.method);
    yield { accountId: _id.a, group: _id.g, day: fromDay, total };
  }
}

/** Of buckets of which none has a quantity, there is no least and no latest. */
interface SummedDoc extends Omit<StateFields, 'm' | 'l'> {
  readonly _id: Pick<UsageDayDoc, 'a' | 'g'>;
  readonly m?: StateFields['m'] | null;
  readonly l?: StateFields['l'] | null;
}

/** Days with their hours. */
export async function* readHours(
  db: Db,
  session: ClientSession,
  scope: UsageScope,
  days: readonly number[] | DayRange,
): AsyncGenerator<StoredDay> {
  const d = 'fromDay' in days ? { $gte: days.fromDay, $lt: days.toDay } : { $in: [...days] };
  const docs = collection(db).find({ ...filterOf(scope), d }, { session, ...READING });
  for await (const doc of docs) yield fromDoc(doc, scope.method);
}

/** Days with their hours, of several profiles, by their numbers, of which the methods are given. */
export async function* readDaysOf(
  db: Db,
  session: ClientSession,
  of: {
    readonly organisationId: OrganisationId;
    readonly accountIds: readonly AccountId[];
    readonly methods: ReadonlyMap<number, AggregationMethod>;
  },
  { fromDay, toDay }: DayRange,
): AsyncGenerator<StoredDay & { readonly profile: number }> {
  const filter = {
    ...{ o: of.organisationId, a: { $in: [...of.accountIds] }, p: { $in: [...of.methods.keys()] } },
    d: { $gte: fromDay, $lt: toDay },
  };
  for await (const doc of collection(db).find(filter, { session, ...READING })) {
    const method = of.methods.get(doc.p);
    if (method !== undefined) yield { ...fromDoc(doc, method), profile: doc.p };
  }
}

/** Of each account and group, the last of the days [fromDay, toDay) that has events. */
export async function* readLast(
  db: Db,
  session: ClientSession,
  scope: UsageScope,
  { fromDay, toDay }: DayRange,
): AsyncGenerator<StoredDay> {
  const filter = { ...filterOf(scope), d: { $gte: fromDay, $lt: toDay }, n: { $gt: 0 } };
  const days = collection(db);
  if (!scope.isGrouped) {
    for (const a of scope.accountIds) {
      const doc = await days.findOne({ ...filter, a }, { session, ...READING, sort: { d: -1 } });
      if (doc !== null) yield fromDoc(doc, scope.method);
    }
    return;
  }
  const last = days.aggregate<Pick<UsageDayDoc, '_id'>>(
    [
      { $match: filter },
      { $sort: { o: 1, a: 1, p: 1, g: 1, d: 1 } },
      { $group: { _id: { a: '$a', g: '$g' }, id: { $last: '$_id' } } },
      { $project: { _id: '$id' } },
    ],
    { session, ...READING },
  );
  const ids = await last.map(({ _id }) => _id).toArray();
  for await (const doc of days.find({ _id: { $in: ids } }, { session, ...READING })) {
    yield fromDoc(doc, scope.method);
  }
}

/** The first groups of an account, in the order of their bytes, that have buckets on the days [fromDay, toDay). */
export async function groupsWithBuckets(
  db: Db,
  session: ClientSession,
  scope: UsageScope,
  { fromDay, toDay }: DayRange,
  { accountId, after, limit }: GroupsFrom,
): Promise<Group[]> {
  const filter = filterOf({ ...scope, groupRange: { after, upTo: undefined } });
  // The index holds an account's buckets by group, so this goes along it as far as there are enough groups.
  const found = collection(db)
    .find(
      { ...filter, a: accountId, d: { $gte: fromDay, $lt: toDay } },
      { session, ...READING, projection: { _id: 0, g: 1 }, batchSize: 1_000 },
    )
    .sort({ g: 1 });
  const names = new Set<Group>();
  for await (const one of found) {
    names.add(one.g);
    if (names.size === limit) break;
  }
  return [...names];
}

/** The first accounts after `after`, by id, that have buckets on any of the days [fromDay, toDay). */
export async function accountsWithBuckets(
  db: Db,
  session: ClientSession,
  of: { readonly organisationId: OrganisationId; readonly profiles: readonly number[] },
  range: DayRange & { readonly after: string },
  limit: number,
): Promise<AccountId[]> {
  const { fromDay, toDay, after } = range;
  const filter = {
    o: of.organisationId,
    a: { $gt: after as AccountId },
    p: { $in: [...of.profiles] },
    d: { $gte: fromDay, $lt: toDay },
  };
  const accounts = new Set<AccountId>();
  const found = collection(db)
    .find(filter, { session, ...READING, projection: { _id: 0, a: 1 } })
    .sort({ a: 1 });
  for await (const { a } of found) {
    accounts.add(a);
    if (accounts.size === limit) break;
  }
  return [...accounts];
}

function filterOf(scope: UsageScope): Filter<UsageDayDoc> {
  const { organisationId, accountIds, profile, isGrouped } = scope;
  const ofAccounts = { o: organisationId, a: { $in: [...accountIds] }, p: profile };
  if (!isGrouped) return { ...ofAccounts, g: NO_GROUP };
  const g = groupFilterOf(scope);
  return g === undefined ? ofAccounts : { ...ofAccounts, g };
}

/** Which groups to read; undefined for all. */
export function groupFilterOf({ groups, groupRange }: Pick<UsageScope, 'groups' | 'groupRange'>) {
  const { after, upTo } = groupRange ?? {};
  if (groups === undefined && after === undefined && upTo === undefined) return undefined;
  return {
    ...(groups === undefined ? {} : { $in: [...groups] }),
    ...(upTo === undefined ? {} : { $lte: upTo }),
    ...(after === undefined ? {} : { $gt: after }),
  };
}

function toAddition(day: UsageDay): UpdateOne<UsageDayDoc> {
  const update: StateUpdate = { $inc: {}, $min: {}, $max: {} };
  addState(update, '', day.total, day.method);
  for (const [hour, state] of day.hours) addState(update, `h.${hour}.`, state, day.method);
  const { filter: q, update: u, upsert } = upsertOf(day, update);
  return { q, u, upsert };
}

/**
 * Of one update: names, with at most three bytes a character, come twice; of each hour the largest is a key and its
 * place.
 */
function bytesMaxOf({ accountId, group, hours }: UsageDay): number {
  return 6 * (accountId.length + group.length) + 1_200 * (hours.size + 1) + 256;
}

function upsertOf<T extends object>(key: UsageDayKey, update: T) {
  const { organisationId: o, accountId: a, profile: p, group: g, day: d } = key;
  const filter = { _id: usageDayIdOf(key) };
  return { filter, update: { ...update, $setOnInsert: { o, a, p, g, d } }, upsert: true };
}

function fromDoc(doc: UsageDayDoc, method: AggregationMethod): StoredDay {
  const total = stateOf(doc, method);
  return { accountId: doc.a, group: doc.g, day: doc.d, total, hours: hoursOf(doc, method) };
}

function hoursOf(
  { h }: Pick<UsageDayDoc, 'h'>,
  method: AggregationMethod,
): Map<number, UsageState> {
  const hours = Object.entries(h ?? {});
  return new Map(hours.map(([hour, fields]) => [Number(hour), stateOf(fields, method)]));
}
