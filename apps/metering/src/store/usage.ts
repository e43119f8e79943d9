import { invalid } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { countWindows, type Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { groupValues, NO_GROUP, type Group } from '../domain/group';
import { profileOf, versionsOf, type Meter } from '../domain/meter';
import type { ProfileVersion } from '../domain/profile';
import { daysTouched } from '../domain/usage-cover';
import type { DayRange } from '../domain/usage-cuts';
import { OVERFLOW_GROUP } from '../domain/usage-groups';
import { planUsage, type UsagePlan, type UsageShape } from '../domain/usage-plan';
import { UsageTable, type UsageRow } from '../domain/usage-table';
import { backfillsOf } from './backfills';
import { getMeter } from './meters';
import { isBeingRecounted } from './recounts';
import { inSnapshot } from './snapshot';
import { accountsWithUsage } from './usage-buckets';
import { UsageReader } from './usage-reader';

/** Which usage to read. */
export interface UsageQuery {
  readonly organisationId: OrganisationId;
  readonly meterId: string;
  /** A profile's code; empty for the default one. */
  readonly profileCode: string;
  /** Empty for all that have usage, by id. */
  readonly accounts: readonly AccountId[];
  /** In order, one after the other; at least one. */
  readonly windows: readonly Period[];
  /** The IANA zone whose hours and days windows are cut at, where the profile aggregates by them. UTC when undefined. */
  readonly timeZone?: string;
  /** Whether each group has rows of its own. */
  readonly byGroup?: boolean;
  /** Only these; undefined for all. */
  readonly groups?: readonly Group[] | undefined;
  /** Whether windows without events are left out. */
  readonly omitEmpty?: boolean;
  /** Answers as it was known then. Undefined: now. */
  readonly knownAtMs?: number | undefined;
  /** Undefined: all of it. */
  readonly page?: UsagePage;
}

/** Which part of an answer. */
export interface UsagePage {
  readonly from: UsagePosition;
  readonly accountsMax: number;
  /** Counting every window of an account or group that is in the answer. One of them is, however many it has. */
  readonly rowsMax: number;
}

/** How far an answer has come. */
export interface UsagePosition {
  /** Of named accounts, how many are done. */
  readonly skip: number;
  /** Of all accounts, the last that is done; empty before the first. */
  readonly after: string;
  /** The last group of the next account that is done; empty for none. */
  readonly afterGroup: Group;
}

/** The usage of accounts by windows. */
export interface UsageAnswer {
  readonly rows: readonly UsageRow[];
  /** Where to go on; undefined at the end. */
  readonly next: UsagePosition | undefined;
  /** Whether events from before the profile, or what corrections have changed, are still being counted. */
  readonly partial: boolean;
}

/** All hours of eleven years; of so many accounts times parts an answer is worked out within a second. */
const PARTS_MAX = 100_000;

const WHOLE: UsagePage = {
  from: { skip: 0, after: '', afterGroup: NO_GROUP },
  accountsMax: Infinity,
  rowsMax: Infinity,
};

/**
 * Reads usage. Everything, from the definition to the last event at a ragged edge, is of one snapshot, in which each
 * event is counted wholly or not at all. Throws `not_found` for a meter or profile that does not exist, `invalid` where
 * the windows have too many parts, and `precondition` where too many events had to be read.
 */
export function readUsage(mongo: Mongo, query: UsageQuery): Promise<UsageAnswer> {
  return inSnapshot(mongo, async (db, session) => {
    const meter = await getMeter(db, session, query.organisationId, query.meterId);
    const newest = profileOf(meter, query.profileCode);
    const versions = versionsOf(meter, query.profileCode);
    checkPartCount(newest, query);
    checkGroups(versions, query);
    const plan = planUsage(newest, query.windows, query.timeZone ?? 'UTC', versions);
    const numbers = plan.versions.map(({ version }) => version.profile.number);
    const backfills = await backfillsOf(db, session, query.organisationId, numbers);
    const partial =
      backfills.some(({ complete }) => !complete) ||
      (query.knownAtMs === undefined && (await isCountedAgain(db, session, query, meter, plan)));
    return { ...(await readPage(db, session, query, meter, plan)), partial };
  });
}

/** Whether corrections of what the query is about are still being counted. */
function isCountedAgain(
  db: Db,
  session: ClientSession,
  { organisationId, accounts, windows }: UsageQuery,
  { eventName }: Meter,
  { shape }: UsagePlan,
): Promise<boolean> {
  const accountIds = accounts.length > 0 ? accounts : undefined;
  const of = { organisationId, eventName, accountIds };
  return isBeingRecounted(db, session, of, daysRead(windows, shape));
}

/** Throws `invalid` where the windows have too many parts. */
export function checkPartCount(
  { timeWindow }: UsageShape,
  { windows, timeZone = 'UTC' }: Pick<UsageQuery, 'windows' | 'timeZone'>,
): void {
  if (timeWindow === 'none') return;
  const parts = countWindows(spanOf(windows), timeWindow, timeZone, PARTS_MAX);
  if (parts <= PARTS_MAX) return;
  const description = `must leave at most ${PARTS_MAX} ${timeWindow}s, by which the profile aggregates, after start_time`;
  throw invalid('USAGE_QUERY_INVALID', 'The usage query is not valid.', [
    { field: 'end_time', description },
  ]);
}

function checkGroups(versions: readonly ProfileVersion[], { groups = [] }: UsageQuery): void {
  const sizes = new Set(versions.map(({ profile }) => profile.groupBy.length));
  const fits = (group: Group) => group === OVERFLOW_GROUP || sizes.has(groupValues(group).length);
  const description = 'must have as many values as the profile has group_by paths';
  const violations = groups.flatMap((group, index) =>
    fits(group) ? [] : [{ field: `groups[${index}]`, description }],
  );
  if (violations.length === 0) return;
  throw invalid('USAGE_QUERY_INVALID', 'The usage query is not valid.', violations);
}

async function readPage(
  db: Db,
  session: ClientSession,
  query: UsageQuery,
  meter: Meter,
  plan: UsagePlan,
): Promise<Pick<UsageAnswer, 'rows' | 'next'>> {
  const { from, accountsMax, rowsMax } = query.page ?? WHOLE;
  const byGroup = query.byGroup === true && plan.versions.some(isGrouped);
  const seriesMax = Math.max(1, Math.floor(rowsMax / plan.windows.length));
  const count = Math.min(
    accountsMax,
    seriesMax,
    Math.max(1, Math.floor(PARTS_MAX / plan.parts.length)),
  );
  const found = await nextAccounts(db, session, query, plan, from, count + 1);
  const accountIds = found.slice(0, count);
  const reader = new UsageReader(db, session, { ...query, eventName: meter.eventName });
  // Groups may be many, so they are read an account at a time.
  const batches = byGroup ? accountIds.map((id) => [id]) : [accountIds];
  const rows: UsageRow[] = [];
  let done: UsagePosition = from;
  let room = seriesMax;
  for (const batch of batches) {
    const table = new UsageTable(plan, byGroup);
    for (const version of plan.versions) await reader.fill(table, version, batch);
    for (const accountId of batch) {
      const groups = groupsToShow(table, accountId, query, done.afterGroup);
      for (const group of groups.slice(0, room))
        rows.push(...shownRows(table, accountId, group, query));
      if (groups.length > room)
        return { rows, next: { ...done, afterGroup: groups[room - 1] ?? done.afterGroup } };
      room -= groups.length;
      done = { skip: done.skip + 1, after: accountId, afterGroup: NO_GROUP };
    }
  }
  return { rows, next: found.length > count ? done : undefined };
}

/** The named accounts, or the next of all; of these, some may turn out to have no events inside the range. */
function nextAccounts(
  db: Db,
  session: ClientSession,
  { organisationId, accounts, windows }: UsageQuery,
  { shape, versions }: UsagePlan,
  { skip, after }: UsagePosition,
  limit: number,
): Promise<readonly AccountId[]> | readonly AccountId[] {
  if (accounts.length > 0) return accounts.slice(skip, skip + limit);
  const profiles = versions.map(({ version }) => version.profile.number);
  const range = { ...daysRead(windows, shape), after };
  return accountsWithUsage(db, session, { organisationId, profiles }, range, limit);
}

/** The days whose usage the windows' is made of. What was before them is part of a recurring profile's. */
function daysRead(windows: readonly Period[], { recurring }: UsageShape): DayRange {
  const { fromDay, toDay } = daysTouched(spanOf(windows));
  return { fromDay: recurring ? -Infinity : fromDay, toDay };
}

/** The groups of an account whose rows come next; one, without a name, where rows are not by group. */
function groupsToShow(
  table: UsageTable,
  accountId: AccountId,
  { accounts }: UsageQuery,
  afterGroup: Group,
): Group[] {
  if (accounts.length === 0 && !table.hasUsage(accountId)) return [];
  const groups = table.groupsOf(accountId);
  return afterGroup === NO_GROUP ? groups : groups.filter((group) => group > afterGroup);
}

function shownRows(
  table: UsageTable,
  accountId: AccountId,
  group: Group,
  { omitEmpty = false }: UsageQuery,
): UsageRow[] {
  const rows = table.rowsOf({ accountId, group });
  return omitEmpty ? rows.filter(({ eventCount }) => eventCount > 0) : rows;
}

function isGrouped({ version }: UsagePlan['versions'][number]): boolean {
  return version.profile.groupBy.length > 0;
}

function spanOf(windows: readonly Period[]): Period {
  return { startMs: windows.at(0)?.startMs ?? 0, endMs: windows.at(-1)?.endMs ?? 0 };
}
