import { invalid, type Violation } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { countWindows, type Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { backfillsOf } from '../../backfills/store/backfills';
import { groupValues, type Group, type WantedGroup } from '../../domain/group';
import { asOfVersion, profileOf, versionsOf, type Meter } from '../../meters/domain/meter';
import type { Profile, ProfileVersion } from '../../meters/domain/profile';
import { getMeter } from '../../meters/store/meters';
import { isBeingRecounted } from '../../recounts/store/recounts';
import { inSnapshot } from '../../store/snapshot';
import { daysTouched } from '../domain/usage-cover';
import type { DayRange } from '../domain/usage-cuts';
import { groupVersionOf, planUsage, type UsagePlan, type UsageShape } from '../domain/usage-plan';
import { UsageTable, type UsageRow } from '../domain/usage-table';
import { accountsWithUsage } from '../store/usage-buckets';
import { GroupRows } from './group-rows';
import { UsageReader } from './usage-reader';

/** Which usage to read. */
export interface UsageQuery {
  readonly organisationId: OrganisationId;
  readonly meterId: string;
  /** A profile's code; empty for the default one. */
  readonly profileCode: string;
  /** Counts as when this was the newest version of the profile. Undefined: as `knownAtMs` says. */
  readonly profileVersion?: number | undefined;
  /** Empty for all that have usage, by id. */
  readonly accounts: readonly AccountId[];
  /** In order, one after the other; at least one. */
  readonly windows: readonly Period[];
  /**
   * The IANA zone whose hours and days windows are cut at, where the profile aggregates by them. UTC when undefined.
   */
  readonly timeZone?: string;
  /** Whether each group has rows of its own. */
  readonly byGroup?: boolean;
  /** Only these; undefined for all. */
  readonly groups?: readonly WantedGroup[] | undefined;
  /** Whether windows without events are left out. */
  readonly omitEmpty?: boolean;
  /** Answers as it was known then, by the versions that there were. Undefined: now. */
  readonly knownAtMs?: number | undefined;
  /** Undefined: as `LIMITS` has it. */
  readonly limits?: UsageLimits;
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
  /** The last group of the next account that is done; undefined for none. */
  readonly afterGroup: Group | undefined;
}

/** The usage of accounts by windows. */
export interface UsageAnswer {
  readonly rows: readonly UsageRow[];
  /** Where to go on; undefined at the end. */
  readonly next: UsagePosition | undefined;
  /** Whether events from before the profile, or what corrections have changed, are still being counted. */
  readonly partial: boolean;
  /** The newest version of the profile that was looked at; with those before it, each in its time. */
  readonly profileVersion: number;
}

/** What an answer may cost. */
export interface UsageLimits {
  /** How many parts the windows may have. */
  readonly partsMax?: number;
  /** How many events may be read. */
  readonly eventsMax?: number;
}

/** All hours of eleven years; of so many accounts times parts an answer is worked out within a second. */
const PARTS_MAX = 100_000;
/** How many groups are read at once. */
const GROUPS_AT_ONCE = 3_000;

const WHOLE: UsagePage = {
  from: { skip: 0, after: '', afterGroup: undefined },
  accountsMax: Infinity,
  rowsMax: Infinity,
};

/**
 * Reads usage. Everything, from the definition to the last event at a ragged edge, is of one snapshot, in which each
 * event is counted wholly or not at all. Throws `not_found` for a meter or profile that does not exist, `invalid` where
 * the windows have too many parts, and `precondition` where too many events had to be read.
 */
export function readUsage(mongo: Mongo, query: UsageQuery): Promise<UsageAnswer> {
  return inSnapshot(mongo, (db, session) => readUsageIn(db, session, query));
}

/** The same in a snapshot that others read in, too. */
export async function readUsageIn(
  db: Db,
  session: ClientSession,
  query: UsageQuery,
): Promise<UsageAnswer> {
  const meter = await getMeter(db, session, query.organisationId, query.meterId);
  const { versions, newest, isSuperseded } = versionsFor(meter, query);
  checkPartCount(newest, query);
  const groups = resolveGroups(versions, query.groups, (index) => `groups[${index}]`);
  const plan = planUsage(newest, query.windows, query.timeZone ?? 'UTC', versions);
  const numbers = plan.versions.map(({ version }) => version.profile.number);
  const backfills = await backfillsOf(db, session, query.organisationId, numbers);
  const scope = {
    ...{ organisationId: query.organisationId, eventName: meter.eventName },
    ...{ groups, knownAtMs: query.knownAtMs, fromEvents: isSuperseded },
    eventsMax: query.limits?.eventsMax,
  };
  const reader = new UsageReader(db, session, scope);
  const partial =
    backfills.some(({ complete }) => !complete) ||
    (!reader.isFromEvents && (await isCountedAgain(db, session, query, meter, plan)));
  const page = await readPage(db, session, query, plan, reader);
  return { ...page, partial, profileVersion: newest.version };
}

/**
 * The versions that a question is answered by, the newest of them, and whether a later one is in force in a part of the
 * time: then the buckets of these are no longer kept there, and only the events tell.
 */
export function versionsFor(
  meter: Meter,
  query: Pick<UsageQuery, 'profileCode' | 'profileVersion' | 'knownAtMs' | 'windows'>,
): { versions: ProfileVersion[]; newest: Profile; isSuperseded: boolean } {
  const { profileCode: code, profileVersion: version, knownAtMs } = query;
  const then = asOfVersion(meter, code, { version, knownAtMs });
  const newest = profileOf(then, code);
  const next = versionsOf(meter, code).find(({ profile }) => profile.version > newest.version);
  const isSuperseded = next !== undefined && next.fromMs < spanOf(query.windows).endMs;
  return { versions: versionsOf(then, code), newest, isSuperseded };
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
  { windows, timeZone = 'UTC', limits }: Pick<UsageQuery, 'windows' | 'timeZone' | 'limits'>,
): void {
  if (timeWindow === 'none') return;
  const { partsMax = PARTS_MAX } = limits ?? {};
  const parts = countWindows(spanOf(windows), timeWindow, timeZone, partsMax);
  if (parts <= partsMax) return;
  const description = `must leave at most ${partsMax} ${timeWindow}s, by which the profile aggregates, after start_time`;
  throw invalid('USAGE_QUERY_INVALID', 'The usage query is not valid.', [
    { field: 'end_time', description },
  ]);
}

/**
 * The groups, each with the first version of the profile that has the paths of the version it names. Throws `invalid`
 * for one that no version can have.
 */
export function resolveGroups(
  versions: readonly ProfileVersion[],
  groups: readonly WantedGroup[] | undefined,
  fieldOf: (index: number) => string,
): WantedGroup[] | undefined {
  const violations: Violation[] = [];
  const resolved = groups?.map(({ group, version }, index): WantedGroup => {
    const fitting = versions.filter(
      ({ profile }) =>
        profile.groupBy.length === groupValues(group).length &&
        (version === undefined || profile.version === version),
    );
    const description = 'must have as many values as the version of the profile has group_by paths';
    if (fitting.length === 0) violations.push({ field: fieldOf(index), description });
    if (version === undefined) return { group };
    return { group, version: groupVersionOf(versions, fitting[0]?.profile.groupBy ?? []) };
  });
  if (violations.length === 0) return resolved;
  throw invalid('USAGE_QUERY_INVALID', 'The usage query is not valid.', violations);
}

async function readPage(
  db: Db,
  session: ClientSession,
  query: UsageQuery,
  plan: UsagePlan,
  reader: UsageReader,
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
  if (byGroup) {
    const page = await readGroups(query, plan, reader, accountIds, { from, seriesMax });
    return page.next === undefined && found.length > count ? { ...page, next: page.done } : page;
  }
  const table = new UsageTable(plan, false);
  for (const version of plan.versions) await reader.fill(table, version, accountIds);
  const shown = accountIds.filter((id) => query.accounts.length > 0 || table.hasUsage(id));
  const rows = shown.flatMap((accountId) => shownRows(table.rowsOf(accountId), query));
  const done = { skip: from.skip + accountIds.length, after: accountIds.at(-1) ?? from.after };
  return { rows, next: found.length > count ? { ...done, afterGroup: undefined } : undefined };
}

/**
 * The rows of each group of accounts. Groups may be many, so they are read an account at a time, and some at a time, in
 * the order of their bytes: which group came first, or how many there are, changes no row.
 */
async function readGroups(
  query: UsageQuery,
  plan: UsagePlan,
  reader: UsageReader,
  accountIds: readonly AccountId[],
  { from, seriesMax }: { readonly from: UsagePosition; readonly seriesMax: number },
): Promise<Pick<UsageAnswer, 'rows' | 'next'> & { readonly done: UsagePosition }> {
  const rows: UsageRow[] = [];
  let done = from;
  let room = seriesMax;
  for (const accountId of accountIds) {
    if (room === 0) return { rows, next: done, done };
    const groups = await GroupRows.of(plan, reader, accountId);
    for (;;) {
      const { shown, last } = await groups.next(done.afterGroup, Math.min(room, GROUPS_AT_ONCE));
      for (const ofGroup of shown) rows.push(...shownRows(ofGroup, query));
      room = Math.max(0, room - shown.length);
      if (last === undefined) break;
      done = { ...done, afterGroup: last };
      if (room === 0) return { rows, next: done, done };
    }
    done = { skip: done.skip + 1, after: accountId, afterGroup: undefined };
  }
  return { rows, next: undefined, done };
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

function shownRows(rows: readonly UsageRow[], { omitEmpty = false }: UsageQuery): UsageRow[] {
  return rows.filter(({ eventCount }) => !omitEmpty || eventCount > 0);
}

/** The days whose usage the windows' is made of. What was before them is part of a recurring profile's. */
function daysRead(windows: readonly Period[], { recurring }: UsageShape): DayRange {
  const { fromDay, toDay } = daysTouched(spanOf(windows));
  return { fromDay: recurring ? -Infinity : fromDay, toDay };
}

function isGrouped({ version }: UsagePlan['versions'][number]): boolean {
  return version.profile.groupBy.length > 0;
}

function spanOf(windows: readonly Period[]): Period {
  return { startMs: windows.at(0)?.startMs ?? 0, endMs: windows.at(-1)?.endMs ?? 0 };
}
