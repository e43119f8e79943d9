import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { NO_USAGE, type UsageState } from '../domain/aggregation';
import { meterEvent } from '../domain/chunk';
import { compileDefinitions } from '../domain/definitions';
import { gatheredBy } from '../domain/gathered-by';
import { HOUR_MS, HOURS_PER_DAY } from '../domain/hours';
import type { CompiledProfile } from '../domain/profile';
import { joinPeriods } from '../domain/usage-cover';
import {
  UsageCollector,
  usageDayIdOf,
  usageDayOf,
  type CollectedDay,
  type UsageDay,
  type UsageDayKey,
} from '../domain/usage-day';
import {
  compareDay,
  type ComparedDay,
  type StoredUsage,
  type UsageDifference,
} from '../domain/usage-difference';
import { withOverflow } from '../domain/usage-groups';
import { compareUniqueHours } from './compare-unique';
import { readSegments } from './events';
import { lookingProfiles } from './looking-profiles';
import { metersOf } from './meters';
import { eventsOf, segmentKeyOf } from './segments';
import { settleAccount } from './settle-additions';
import { setUniqueHours } from './unique-days';
import { UsageBuckets } from './usage-buckets';
import { replaceDays } from './usage-days';
import { placeGroups, readGroupPlaces } from './usage-groups';

/** Which hours of an account's buckets, of all profiles that look at an event name. */
export interface HoursScope {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly eventName: string;
  /** Whole hours since 1970-01-01T00:00Z, in any order. */
  readonly hours: readonly number[];
  /** The numbers of the profiles' versions. Undefined: all. */
  readonly profiles?: readonly number[] | undefined;
}

/** What came of a comparison of buckets with their events. */
export interface Comparison {
  readonly differences: readonly UsageDifference[];
  /** How many buckets (account, profile, group and day) and events were looked at. */
  readonly bucketCount: number;
  readonly eventCount: number;
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
  const found = await compare(db, session, scope, (days) => asPlaced(db, session, days));
  return found.comparison;
}

/**
 * Does so, and replaces what differs by what the events come to, in the caller's transaction: the one way by which usage
 * becomes less. Who counts an event of these hours at the same time lets it wait, as an addition that is not replaced, or
 * writes the same buckets, and one of both runs again.
 */
export async function rebuildHours(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
): Promise<Comparison> {
  // What waits is of these events, too: it must not be added to what they come to.
  await settleAccount(db, session, scope.organisationId, scope.accountId);
  const found = await compare(db, session, scope, (days) => placeGroups(db, session, days));
  const changed = found.days.filter(({ differences }) => differences.length > 0);
  await replaceDays(
    db,
    session,
    changed.map(({ day }) => day),
  );
  for (const { day, hours, expected } of changed) {
    if (day.method !== 'count_unique') continue;
    const values = [...hours].map(
      (hour) => [hour, expected.get(hour)?.values ?? NO_VALUES] as const,
    );
    await setUniqueHours(db, session, day, new Map(values));
  }
  return found.comparison;
}

const NO_VALUES: ReadonlySet<string> = new Set();

interface FoundDay extends ComparedDay {
  /** Which of its hours were compared, and what the events in them come to. */
  readonly hours: ReadonlySet<number>;
  readonly expected: ReadonlyMap<number, UsageState>;
}

interface Found {
  readonly days: readonly FoundDay[];
  readonly comparison: Comparison;
}

async function compare(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  place: (days: readonly CollectedDay[]) => Promise<readonly CollectedDay[]>,
): Promise<Found> {
  const profiles = await profilesOf(db, session, scope);
  const { collected, eventCount } = await collect(db, session, scope);
  const expected = new Map<string, UsageDay>();
  for (const day of (await place(collected)).map(usageDayOf)) expected.set(usageDayIdOf(day), day);
  const stored = await readStored(db, session, scope, profiles);
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
    const { total, hours: storedHours } = isStored ?? NOTHING;
    const compared = compareDay(
      { ...keyOf(key), method: key.method },
      { total, hours: storedHours },
      ofHours,
      hours,
    );
    const ofValues =
      key.method === 'count_unique'
        ? await compareUniqueHours(db, session, key, ofHours, hours)
        : [];
    const differences = [...compared.differences, ...ofValues];
    days.push({ day: compared.day, differences, hours, expected: ofHours });
  }
  const differences = days.flatMap((day) => day.differences);
  return { days, comparison: { differences, bucketCount: days.length, eventCount } };
}

const NOTHING: StoredUsage = { total: NO_USAGE, hours: new Map() };

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

/** What the events of the hours come to, group by group as they name themselves. */
async function collect(db: Db, session: ClientSession, scope: HoursScope) {
  const { organisationId, accountId, eventName, hours } = scope;
  const looking = await lookingProfiles(db, session, organisationId, eventName);
  const collector = new UsageCollector();
  const periods = joinPeriods(
    hours.map((hour) => ({ startMs: hour * HOUR_MS, endMs: (hour + 1) * HOUR_MS })),
  );
  const wantedHours = new Set(hours);
  let eventCount = 0;
  const of = { organisationId, accountIds: [accountId], eventName, periods };
  for await (const segment of readSegments(db, session, of)) {
    const profiles = looking
      .at(segmentKeyOf(segment))
      .filter(({ number }) => scope.profiles?.includes(number) ?? true);
    for (const { event, withdrawn } of eventsOf(segment)) {
      if (!wantedHours.has(Math.floor(event.timestampMs / HOUR_MS))) continue;
      eventCount += 1;
      if (withdrawn === undefined) meterEvent(event, profiles, collector);
    }
  }
  return { collected: collector.days(), eventCount };
}

/** The same with each group where it was placed when its events came. */
async function asPlaced(
  db: Db,
  session: ClientSession,
  days: readonly CollectedDay[],
): Promise<CollectedDay[]> {
  const together = gatheredBy(days, ({ profile, day }) => `${profile}/${day}`);
  const placed: CollectedDay[] = [];
  for (const ofDay of together.values()) {
    const [first] = ofDay;
    if (first === undefined || first.by.groupBy.length === 0) {
      placed.push(...ofDay);
      continue;
    }
    const { organisationId, accountId, profile, day } = first;
    const of = { organisationId, accountIds: [accountId], profile };
    const placeOf = await readGroupPlaces(db, session, of, { fromDay: day, toDay: day + 1 });
    const own = ofDay.filter(({ group }) => placeOf(accountId, day, group) === group);
    placed.push(...withOverflow(ofDay, new Set(own.map(({ group }) => group))));
  }
  return placed;
}

/** The stored buckets of the days, by their names. */
async function readStored(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  profiles: readonly CompiledProfile[],
) {
  const { organisationId, accountId } = scope;
  const days = [...new Set(scope.hours.map((hour) => Math.floor(hour / HOURS_PER_DAY)))];
  const stored = new Map<
    string,
    StoredUsage & { key: UsageDayKey & { method: UsageDay['method'] } }
  >();
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
 * Which hours of a UTC day are compared, 0-23: those in which the version is in force. In others it may still have what it
 * counted before it was revised, which nobody asks for.
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
