import type { ClientSession, Db } from 'mongodb';
import { NO_USAGE, type UsageState } from '../../domain/aggregation';
import { HOUR_MS, HOURS_PER_DAY } from '../../domain/hours';
import { compileDefinitions } from '../../meters/domain/definitions';
import type { CompiledProfile } from '../../meters/domain/profile';
import { metersOf } from '../../meters/store/meters';
import {
  usageDayIdOf,
  usageDayOf,
  type CollectedDay,
  type UsageDayKey,
} from '../../usage/domain/usage-day';
import { UsageBuckets } from '../../usage/store/usage-buckets';
import { readDays, type StoredBucket } from '../../usage/store/usage-days';
import { collectHours, type HoursScope } from '../../usage/use-cases/hours-scope';
import {
  compareDay,
  type ComparedDay,
  type StoredUsage,
  type UsageDifference,
} from '../domain/usage-difference';
import { compareUniqueHours } from './compare-unique';

/** What came of a comparison of buckets with their events. */
export interface Comparison {
  readonly differences: readonly UsageDifference[];
  /** How many buckets (account, profile, group and day) and events were looked at. */
  readonly bucketCount: number;
  readonly eventCount: number;
}

/** A bucket as it must be, and in what the stored one differs from that. */
export interface FoundDay extends ComparedDay {
  /** Which of its hours were compared, and what the events in them come to. */
  readonly hours: ReadonlySet<number>;
  readonly expected: ReadonlyMap<number, UsageState>;
}

/**
 * Compares hours, and the totals of their days, with the stored events that count: none that is withdrawn, and for
 * profiles whose backfill is under way none that they have not looked at. Changes nothing.
 */
export async function compareHours(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
): Promise<Comparison> {
  const { collected, eventCount } = await collectHours(db, session, scope);
  const found = await compareAll(db, session, scope, collected);
  return comparisonOf(found, eventCount);
}

/** The comparison that buckets come to. */
export function comparisonOf(days: readonly FoundDay[], eventCount: number): Comparison {
  const differences = days.flatMap((day) => day.differences);
  return { differences, bucketCount: days.length, eventCount };
}

/** Compares all buckets that are stored, or that events are in, with what was collected. */
export async function compareAll(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  collected: readonly CollectedDay[],
): Promise<FoundDay[]> {
  const profiles = await profilesOf(db, session, scope);
  const stored = await readStored(db, session, scope, profiles);
  return compareBuckets(db, session, { scope, profiles, collected, stored });
}

/** Does so for some buckets, given by their names, of which nothing may wait to be settled. */
export async function compareSome(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  collected: readonly CollectedDay[],
  names: ReadonlySet<string>,
): Promise<FoundDay[]> {
  const profiles = await profilesOf(db, session, scope);
  const methods = new Map(profiles.map(({ number, method }) => [number, method]));
  const stored = await readDays(db, session, names, methods);
  const wanted = collected.filter((day) => names.has(usageDayIdOf(day)));
  return compareBuckets(db, session, { scope, profiles, collected: wanted, stored });
}

/** What is compared. */
interface Compared {
  readonly scope: HoursScope;
  readonly profiles: readonly CompiledProfile[];
  readonly collected: readonly CollectedDay[];
  readonly stored: ReadonlyMap<string, StoredBucket>;
}

async function compareBuckets(
  db: Db,
  session: ClientSession,
  { scope, profiles, collected, stored }: Compared,
): Promise<FoundDay[]> {
  const expected = new Map(collected.map(usageDayOf).map((day) => [usageDayIdOf(day), day]));
  const byNumber = new Map(profiles.map((profile) => [profile.number, profile]));
  const days: FoundDay[] = [];
  for (const id of new Set([...stored.keys(), ...expected.keys()])) {
    const [isStored, mustBe] = [stored.get(id), expected.get(id)];
    const key = isStored?.key ?? mustBe;
    const profile = key && byNumber.get(key.profile);
    if (key === undefined || profile === undefined) continue;
    const hours = new Set(comparedHours(scope, key.day, profile));
    if (hours.size === 0) continue;
    const ofHours = new Map([...(mustBe?.hours ?? [])].filter(([hour]) => hours.has(hour)));
    const bucket = { ...keyOf(key), method: key.method };
    const { day, differences } = compareDay(bucket, isStored ?? NOTHING, ofHours, hours);
    days.push({ day, differences, hours, expected: ofHours });
  }
  return withUnique(db, session, days);
}

const NOTHING: StoredUsage = { total: NO_USAGE, hours: new Map() };

/** With the differences of distinct values, which are stored apart. */
async function withUnique(
  db: Db,
  session: ClientSession,
  days: readonly FoundDay[],
): Promise<FoundDay[]> {
  const unique = days.filter(({ day }) => day.method === 'count_unique');
  if (unique.length === 0) return [...days];
  const buckets = unique.map(({ day, hours, expected }) => ({ key: keyOf(day), hours, expected }));
  const ofValues = await compareUniqueHours(db, session, buckets);
  return days.map((found) => {
    const more = ofValues.get(usageDayIdOf(found.day)) ?? [];
    return { ...found, differences: [...found.differences, ...more] };
  });
}

/** The versions whose buckets are compared. */
async function profilesOf(
  db: Db,
  session: ClientSession,
  { organisationId, eventName, profiles }: HoursScope,
): Promise<CompiledProfile[]> {
  const meters = await metersOf(db, session, organisationId, eventName);
  const all = compileDefinitions(0, meters).profilesOf(eventName);
  return all.filter(({ number }) => profiles === undefined || profiles.includes(number));
}

/** The stored buckets of the days, by their names. */
async function readStored(
  db: Db,
  session: ClientSession,
  { organisationId, accountId, hours: wantedHours }: HoursScope,
  profiles: readonly CompiledProfile[],
): Promise<Map<string, StoredBucket>> {
  const days = [...new Set(wantedHours.map((hour) => Math.floor(hour / HOURS_PER_DAY)))];
  const stored = new Map<string, StoredBucket>();
  const buckets = await UsageBuckets.of(db, session, organisationId, [accountId]);
  for (const { number: profile, method } of profiles) {
    const of = { organisationId, accountIds: [accountId], profile, method, isGrouped: true };
    for await (const { group, day, total, hours } of buckets.hours(of, days)) {
      const key = { organisationId, accountId, profile, group, day, method };
      stored.set(usageDayIdOf(key), { key, total, hours });
    }
  }
  return stored;
}

/**
 * Which hours of a UTC day are compared, 0-23: those in which the version is in force. In others it may still have what
 * it counted before it was revised, which nobody asks for.
 */
function comparedHours(
  { hours }: HoursScope,
  day: number,
  { fromMs, toMs }: CompiledProfile,
): number[] {
  const first = day * HOURS_PER_DAY;
  return hours
    .filter((hour) => hour * HOUR_MS >= fromMs && hour * HOUR_MS < toMs)
    .map((hour) => hour - first)
    .filter((hour) => hour >= 0 && hour < HOURS_PER_DAY);
}

function keyOf({ organisationId, accountId, profile, group, day }: UsageDayKey): UsageDayKey {
  return { organisationId, accountId, profile, group, day };
}
