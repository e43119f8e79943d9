import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { setImmediate } from 'node:timers/promises';
import { insertMeterChange } from '../../changes/store/usage-changes';
import type { SegmentKey } from '../../events/domain/segment';
import { nextInPass } from '../../events/store/backfill-events';
import { eventsOf, segmentKeyOf, type SegmentDoc } from '../../events/store/segments';
import { metersOf } from '../../meters/store/meters';
import { lookingProfiles, type LookingProfiles } from '../../meters/use-cases/looking-profiles';
import { meterEvent } from '../../outcomes/domain/chunk';
import { addEventCounts, type CountedEvents } from '../../outcomes/store/event-counts';
import { RECOUNTED_AT_ONCE, RecountBudget } from '../../recounts/domain/recount';
import { IGNORING_COLLECTOR, UsageCollector } from '../../usage/domain/usage-day';
import { addUsage } from '../../usage/use-cases/add-usage';
import { isBehindFence, type Backfill } from '../domain/backfill';
import { moveBackfill } from '../store/backfills';

/** What counting a chunk of a backfill needs. */
export interface BackfillChunkContext {
  readonly mongo: Mongo;
  readonly nowMs: () => number;
  /**
   * Called with how many buckets a chunk met, when everything is written and nothing committed; a test can fail there.
   */
  readonly beforeCommit?: (bucketCount: number) => Promise<void>;
}

/** How much a chunk of a backfill does. One segment is done however much it is. */
export interface BackfillLimits {
  /** Events read. */
  readonly eventCount: number;
  /** Buckets written: events in many groups, on many days and of many profiles meet nearly as many as each of them. */
  readonly bucketCount: number;
}

/**
 * Counts the next stored events of a backfill, and moves it past them, in one transaction: whatever is killed,
 * each event is counted once. Throws StaleCursorError when the backfill is no longer where `backfill` has it.
 */
export async function backfillChunk(
  { mongo, nowMs, beforeCommit }: BackfillChunkContext,
  backfill: Backfill,
  limits: BackfillLimits,
): Promise<void> {
  const startTimeMs = nowMs();
  await inTransaction(mongo, async (session) => {
    const { db } = mongo;
    const { organisationId, eventName, position, fences } = backfill;
    const seqMax = Math.max(0, ...fences.values());
    const of = { organisationId, eventName, after: position, seqMax };
    const segments = await nextInPass(db, session, of, limits.eventCount);
    const looking = await lookingProfiles(db, session, organisationId, eventName);
    const counted = await countSegments(backfill, segments, looking, limits.bucketCount);
    const { usage, moves, doneCount, last } = counted;
    const rules = { budget: new RecountBudget(RECOUNTED_AT_ONCE), nowMs };
    await addUsage(db, session, usage, rules);
    await addEventCounts(db, session, 'backfills', moves);
    if (last === undefined) await tellBackfilled(db, session, backfill);
    await beforeCommit?.(usage.length);
    await moveBackfill(db, session, backfill, {
      position: last === undefined ? position : positionAt(segmentKeyOf(last)),
      doneCount,
      complete: last === undefined,
      startTimeMs,
      moveTimeMs: nowMs(),
    });
  });
}

/** Until it was done, all usage by the meter was partial; now it may be another than before its profiles. */
async function tellBackfilled(
  db: Db,
  session: ClientSession,
  { organisationId, meterId, eventName, profiles }: Backfill,
): Promise<void> {
  const meters = await metersOf(db, session, organisationId, eventName);
  const own = meters.find(({ id }) => id === meterId)?.profiles ?? [];
  const counted = own.filter(({ number }) => profiles.includes(number));
  const fromMs = counted.map(({ effectiveFromMs = FIRST_MS }) => effectiveFromMs);
  const span = { startMs: Math.min(...fromMs), endMs: END_MS };
  await insertMeterChange(db, session, { organisationId, meterId, span });
}

/** The years 1 to 9999, all that events can be of. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const END_MS = Date.parse('9999-12-31T00:00:00Z');

/**
 * Counts the events that stand by the new profiles, segment by segment until they meet `bucketsMax` buckets, and tells
 * how that moves them from one end to another, and which was the last segment.
 */
async function countSegments(
  { profiles, fences }: Backfill,
  segments: readonly SegmentDoc[],
  looking: LookingProfiles,
  bucketsMax: number,
) {
  const collector = new UsageCollector();
  const ofNew: Pick<UsageCollector, 'add'> = {
    add: (profile, ...counted) => {
      if (profiles.includes(profile.number)) collector.add(profile, ...counted);
    },
  };
  const moves: CountedEvents[] = [];
  let [sincePause, doneCount] = [0, 0];
  let last: SegmentDoc | undefined;
  for (const segment of segments) {
    if (collector.size >= bucketsMax) break;
    last = segment;
    const key = segmentKeyOf(segment);
    // What came later was counted by the lanes.
    if (!isBehindFence(key, fences)) continue;
    doneCount += segment.n;
    sincePause += segment.n;
    if (sincePause >= EVENTS_BETWEEN_PAUSES) {
      await setImmediate();
      sincePause = 0;
    }
    const [earlierProfiles, laterProfiles] = [looking.at(key), looking.at(key, profiles)];
    for (const { event, withdrawn } of eventsOf(segment)) {
      if (withdrawn !== undefined) continue;
      const { organisationId, receiveTimeMs } = event;
      // What the others count is counted already.
      const earlier = meterEvent(event, earlierProfiles, IGNORING_COLLECTOR);
      const later = meterEvent(event, laterProfiles, ofNew);
      if (earlier.state === later.state) continue;
      moves.push({ organisationId, receiveTimeMs, state: earlier.state, count: -1 });
      moves.push({ organisationId, receiveTimeMs, state: later.state, count: 1 });
    }
  }
  return { usage: collector.days(), moves, doneCount, last };
}

/** Lanes and calls of the same process get on meanwhile. */
const EVENTS_BETWEEN_PAUSES = 200;

function positionAt({ accountId, firstMs, lastMs, id }: SegmentKey): Backfill['position'] {
  return { accountId, firstMs, lastMs, id };
}
