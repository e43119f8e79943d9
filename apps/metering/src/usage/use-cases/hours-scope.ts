import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { findAlone } from '../../store/find';
import { HOUR_MS } from '../../domain/hours';
import type { SegmentKey } from '../../events/domain/segment';
import { readSegments, segmentSizes } from '../../events/store/events';
import { eventsOf, segmentKeyOf, type SegmentDoc } from '../../events/store/segments';
import { lookingProfiles, type LookingProfiles } from '../../meters/use-cases/looking-profiles';
import { meterEvent } from '../../outcomes/domain/chunk';
import { joinPeriods } from '../domain/usage-cover';
import { UsageCollector, type CollectedDay } from '../domain/usage-day';

/** Which hours of an account's buckets, of all profiles that look at an event name. */
export interface HoursScope {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly eventName: string;
  /** Whole hours since 1970-01-01T00:00Z, in any order. */
  readonly hours: readonly number[];
  /** The numbers of the profiles' versions. Undefined: all. */
  readonly profiles?: readonly number[] | undefined;
  /** Whether events are known to be kept, however old they are. */
  readonly areKept?: boolean;
}

/** What the events of hours come to. */
export interface HoursUsage {
  /** Group by group as they name themselves. */
  readonly collected: readonly CollectedDay[];
  /** How many events were read. */
  readonly eventCount: number;
  /** The segments that were read, with the numbers of the profiles that have looked at them. */
  readonly segments: readonly { readonly key: SegmentKey; readonly lookedAtBy: string }[];
}

/** Counts the stored events of hours that stand, by the profiles that have looked at them. */
export async function collectHours(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
): Promise<HoursUsage> {
  return collect(db, session, scope, segmentsOfHours(db, session, scope));
}

/** Does so of the segments from an id on; undefined where these have more than `eventsMax` events. */
export async function collectNewer(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  fromSegment: string,
  eventsMax: number,
): Promise<HoursUsage | undefined> {
  const newer: SegmentDoc[] = [];
  let eventCount = 0;
  for await (const segment of segmentsOfHours(db, session, scope, fromSegment)) {
    eventCount += segment.n;
    if (eventCount > eventsMax) return undefined;
    newer.push(segment);
  }
  return collect(db, session, scope, newer);
}

async function collect(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  found: AsyncIterable<SegmentDoc> | Iterable<SegmentDoc>,
): Promise<HoursUsage> {
  const looking = await lookingProfiles(db, session, scope.organisationId, scope.eventName);
  const collector = new UsageCollector();
  const wantedHours = new Set(scope.hours);
  const segments: HoursUsage['segments'][number][] = [];
  let eventCount = 0;
  for await (const segment of found) {
    const key = segmentKeyOf(segment);
    const profiles = looking
      .at(key)
      .filter(({ number }) => scope.profiles?.includes(number) ?? true);
    segments.push({ key, lookedAtBy: lookedAtBy(looking, key) });
    for (const { event, withdrawn } of eventsOf(segment)) {
      if (!wantedHours.has(Math.floor(event.timestampMs / HOUR_MS))) continue;
      eventCount += 1;
      if (withdrawn === undefined) meterEvent(event, profiles, collector);
    }
  }
  return { collected: collector.days(), eventCount, segments };
}

/** The numbers of the profiles that have looked at a segment. */
export function lookedAtBy(looking: LookingProfiles, segment: SegmentKey): string {
  return looking
    .at(segment)
    .map(({ number }) => number)
    .join();
}

/**
 * How many stored events the segments have that reach into each of the scope's hours, withdrawn ones too; undefined
 * where these segments have more than `eventsMax` together. Reads no events.
 */
export async function sizesOfHours(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  eventsMax: number,
): Promise<Map<number, number> | undefined> {
  const sizes = new Map(scope.hours.map((hour) => [hour, 0]));
  if (scope.hours.length === 0) return sizes;
  let eventCount = 0;
  for await (const { firstMs, lastMs, count } of segmentSizes(
    findAlone(db, session),
    periodsOf(scope),
  )) {
    eventCount += count;
    if (eventCount > eventsMax) return undefined;
    const [first, last] = [Math.floor(firstMs / HOUR_MS), Math.floor(lastMs / HOUR_MS)];
    for (let hour = first; hour <= last; hour += 1) {
      const size = sizes.get(hour);
      if (size !== undefined) sizes.set(hour, size + count);
    }
  }
  return sizes;
}

async function* segmentsOfHours(
  db: Db,
  session: ClientSession,
  scope: HoursScope,
  fromSegment?: string,
): AsyncGenerator<SegmentDoc> {
  if (scope.hours.length === 0) return;
  const newer = fromSegment === undefined ? {} : { fromSegment };
  yield* readSegments(findAlone(db, session), { ...periodsOf(scope), ...newer });
}

function periodsOf({ organisationId, accountId, eventName, hours, areKept = false }: HoursScope) {
  const periods = joinPeriods(
    hours.map((hour) => ({ startMs: hour * HOUR_MS, endMs: (hour + 1) * HOUR_MS })),
  );
  return { organisationId, accountIds: [accountId], eventName, periods, areKept };
}
