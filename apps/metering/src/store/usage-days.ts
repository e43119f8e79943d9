import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { AnyBulkWriteOperation, ClientSession, Collection, Db, Filter } from 'mongodb';
import type { AggregationMethod, UsageState } from '../domain/aggregation';
import { usageDayIdOf, type UsageDay } from '../domain/usage-day';
import { READING } from './reading';
import { addState, type StateFields, type StateUpdate, stateOf } from './usage-state-fields';

const USAGE_DAYS = 'usage_days';

/** Everything is read by account and profile, over a range of days. */
export const USAGE_DAY_INDEXES: readonly IndexSpec[] = [
  { collection: USAGE_DAYS, key: { o: 1, a: 1, p: 1, g: 1, d: 1 } },
];

/** All events of an account: the only group until profiles have a group_by. Part of the key, so that groups fit in. */
export const UNGROUPED = '';

/** The usage of one account under one profile on one UTC day: the day's total, and each hour's. */
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
  /** The profile's number and method. */
  readonly profile: number;
  readonly method: AggregationMethod;
}

function collection(db: Db): Collection<UsageDayDoc> {
  return db.collection<UsageDayDoc>(USAGE_DAYS);
}

/** Adds usage to its buckets. Every update commutes, so the order of chunks does not matter. */
export async function addUsage(
  db: Db,
  session: ClientSession,
  days: readonly UsageDay[],
): Promise<void> {
  if (days.length === 0) return;
  await collection(db).bulkWrite(days.map(toUpdate), { session, ordered: false });
}

/** The totals of the days [fromDay, toDay). */
export async function* readTotals(
  db: Db,
  session: ClientSession,
  scope: UsageScope,
  { fromDay, toDay }: { readonly fromDay: number; readonly toDay: number },
): AsyncGenerator<{ accountId: AccountId; day: number; total: UsageState }> {
  const filter = { ...filterOf(scope), d: { $gte: fromDay, $lt: toDay } };
  const docs = collection(db).find(filter, { session, ...READING, projection: { h: 0 } });
  for await (const doc of docs) {
    yield { accountId: doc.a, day: doc.d, total: stateOf(doc, scope.method) };
  }
}

/** The hours of some days. */
export async function* readHours(
  db: Db,
  session: ClientSession,
  scope: UsageScope,
  days: readonly number[],
): AsyncGenerator<{ accountId: AccountId; day: number; hours: ReadonlyMap<number, UsageState> }> {
  const filter = { ...filterOf(scope), d: { $in: [...days] } };
  for await (const doc of collection(db).find(filter, { session, ...READING })) {
    const hours = Object.entries(doc.h ?? {}).map(
      ([hour, fields]) => [Number(hour), stateOf(fields, scope.method)] as const,
    );
    yield { accountId: doc.a, day: doc.d, hours: new Map(hours) };
  }
}

/** The first accounts after `after`, by id, that have usage on any of the days [fromDay, toDay). */
export async function accountsWithUsage(
  db: Db,
  session: ClientSession,
  of: { readonly organisationId: OrganisationId; readonly profile: number },
  range: { readonly fromDay: number; readonly toDay: number; readonly after: string },
  limit: number,
): Promise<AccountId[]> {
  const { fromDay, toDay, after } = range;
  const filter = {
    o: of.organisationId,
    a: { $gt: after as AccountId },
    p: of.profile,
    g: UNGROUPED,
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
  const { organisationId, accountIds, profile } = scope;
  return { o: organisationId, a: { $in: [...accountIds] }, p: profile, g: UNGROUPED };
}

function toUpdate(day: UsageDay): AnyBulkWriteOperation<UsageDayDoc> {
  const update: StateUpdate = { $inc: {}, $min: {}, $max: {} };
  addState(update, '', day.total, day.method);
  for (const [hour, state] of day.hours) addState(update, `h.${hour}.`, state, day.method);
  const { organisationId: o, accountId: a, profile: p, day: d } = day;
  return {
    updateOne: {
      filter: { _id: usageDayIdOf(day) },
      update: { ...update, $setOnInsert: { o, a, p, g: UNGROUPED, d } },
      upsert: true,
    },
  };
}
