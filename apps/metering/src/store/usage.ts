import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import type { Sample } from '../domain/aggregation';
import { parseProperties } from '../domain/event';
import { profileOf, type Meter } from '../domain/meter';
import { compileProfile, type Profile } from '../domain/profile';
import { daysTouched } from '../domain/usage-cover';
import { UsageTable, type UsageRow } from '../domain/usage-table';
import { backfillsOf } from './backfills';
import { readEvents } from './events';
import { getMeter } from './meters';
import { inSnapshot } from './snapshot';
import { readUniqueIds } from './unique-days';
import { readValueNumbers, uniqueValueIdOf } from './unique-values';
import { accountsWithUsage, readHours, readTotals, type UsageScope } from './usage-days';

/** Which usage to read. */
export interface UsageQuery {
  readonly organisationId: OrganisationId;
  readonly meterId: string;
  /** A profile's code; empty for the default one. */
  readonly profileCode: string;
  /** The accounts, or where to go on among all that have usage and how many to read at most. */
  readonly accounts: readonly AccountId[] | { readonly after: string; readonly limit: number };
  /** In order, without overlap; at least one. */
  readonly windows: readonly Period[];
}

/** The usage of accounts by windows. */
export interface UsageAnswer {
  readonly rows: readonly UsageRow[];
  /** Of all accounts, the last that was looked at when there may be more; undefined when there are none. */
  readonly lastAccountId: AccountId | undefined;
  /** Whether events from before the profile are still being counted. */
  readonly partial: boolean;
}

/**
 * Reads usage. Everything, from the definition to the last event at a ragged edge, is of one snapshot, in which each
 * event is counted wholly or not at all. Throws `not_found` for a meter or profile that does not exist.
 */
export function readUsage(mongo: Mongo, query: UsageQuery): Promise<UsageAnswer> {
  return inSnapshot(mongo, async (db, session) => {
    const { organisationId } = query;
    const meter = await getMeter(db, session, organisationId, query.meterId);
    const profile = profileOf(meter, query.profileCode);
    const backfills = await backfillsOf(db, session, organisationId, [profile.number]);
    const partial = backfills.some(({ complete }) => !complete);
    const { accountIds, lastAccountId } = await accountsOf(db, session, query, profile);
    const { number, method } = profile;
    const scope = { organisationId, accountIds, profile: number, method };
    const table = new UsageTable(method, query.windows);
    await fillFromBuckets(db, session, scope, table);
    await fillFromEvents(db, session, scope, table, meter, profile);
    const shown =
      'after' in query.accounts ? accountIds.filter((id) => table.hasEvents(id)) : accountIds;
    return { rows: shown.flatMap((id) => table.rowsOf(id)), lastAccountId, partial };
  });
}

/** The named accounts, or the next of all; of these, some may turn out to have no events inside the range. */
async function accountsOf(
  db: Db,
  session: ClientSession,
  { organisationId, accounts, windows }: UsageQuery,
  profile: Profile,
): Promise<{ accountIds: readonly AccountId[]; lastAccountId: AccountId | undefined }> {
  if (!('after' in accounts)) return { accountIds: accounts, lastAccountId: undefined };
  const range = { ...daysTouched(spanOf(windows)), after: accounts.after };
  const of = { organisationId, profile: profile.number };
  const found = await accountsWithUsage(db, session, of, range, accounts.limit + 1);
  const accountIds = found.slice(0, accounts.limit);
  return {
    accountIds,
    lastAccountId: found.length > accounts.limit ? accountIds.at(-1) : undefined,
  };
}

async function fillFromBuckets(
  db: Db,
  session: ClientSession,
  scope: UsageScope,
  table: UsageTable,
): Promise<void> {
  const { totals, hourDays } = table.needs;
  if (totals.fromDay < totals.toDay) {
    for await (const { accountId, day, total } of readTotals(db, session, scope, totals)) {
      table.addTotal(accountId, day, total);
    }
  }
  if (hourDays.length > 0) {
    for await (const { accountId, day, hours } of readHours(db, session, scope, hourDays)) {
      table.addHours(accountId, day, hours);
    }
  }
  if (scope.method !== 'count_unique') return;
  for await (const { accountId, day, hour, ids } of readUniqueIds(
    db,
    session,
    scope,
    table.needs,
  )) {
    table.addIds(accountId, day, hour, ids);
  }
}

/** The ragged edges: less than an hour at each boundary, by the same rules as the lanes count. */
async function fillFromEvents(
  db: Db,
  session: ClientSession,
  { organisationId, accountIds }: UsageScope,
  table: UsageTable,
  { eventName }: Meter,
  profile: Profile,
): Promise<void> {
  const { evaluate } = compileProfile({ profile, fromMs: -Infinity, toMs: Infinity });
  const of = { organisationId, accountIds, eventName, periods: table.needs.raw };
  const samples: { accountId: AccountId; sample: Sample; valueId: string }[] = [];
  for await (const { event } of readEvents(db, session, of)) {
    const evaluation = evaluate(parseProperties(event.properties), event.timestampMs);
    if (evaluation.kind !== 'counted') continue;
    const { accountId, timestampMs, key } = event;
    const { value } = evaluation;
    const valueId = typeof value === 'string' ? uniqueValueIdOf(event, value) : '';
    samples.push({ accountId, sample: { timestampMs, key, value }, valueId });
  }
  const valueIds = new Set(samples.map(({ valueId }) => valueId).filter((id) => id !== ''));
  const numbers = await readValueNumbers(db, session, valueIds);
  for (const { accountId, sample, valueId } of samples) {
    table.addEvent(accountId, sample, numbers.get(valueId));
  }
}

function spanOf(windows: readonly Period[]): Period {
  return { startMs: windows.at(0)?.startMs ?? 0, endMs: windows.at(-1)?.endMs ?? 0 };
}
