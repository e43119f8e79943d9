import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { AggregationMethod } from '../../domain/aggregation';
import { NO_GROUP, type Group } from '../../domain/group';
import type { Find } from '../../store/find';
import { READING } from '../../store/reading';
import type { LevelHour } from '../domain/level-hour';
import type { DayRange } from '../domain/usage-cuts';
import type { UsageDayKey } from '../domain/usage-day';
import { fromDoc, USAGE_DAYS, usageDays, type StoredDay, type UsageDayDoc } from './usage-day-doc';
import { levelHourOf, mergeFields, stateOf, type StateFields } from './usage-state-fields';

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

/** What is stored of a bucket. */
export interface StoredBucket extends Pick<StoredDay, 'total' | 'hours'> {
  readonly key: UsageDayKey & { readonly method: AggregationMethod };
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
    for await (const doc of usageDays(db).find({ _id }, { session, ...READING })) {
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
  const docs = usageDays(db).find({ _id: { $in: [...ids] } }, { session, projection: { h: 1 } });
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
  const docs = usageDays(db).find(filter, { session, ...READING, projection: { h: 0 } });
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
  const found = usageDays(db).aggregate<SummedDoc>(
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
  const docs = usageDays(db).find({ ...filterOf(scope), d }, { session, ...READING });
  for await (const doc of docs) yield fromDoc(doc, scope.method);
}

/** Days with their hours, of several profiles, by their numbers, of which the methods are given. */
export async function* readDaysOf(
  find: Find,
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
  for await (const doc of find<UsageDayDoc>(USAGE_DAYS, filter)) {
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
  const days = usageDays(db);
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
  const found = usageDays(db)
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
  const found = usageDays(db)
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
