import { inTransaction, type Mongo } from '@billingrails/mongo';
import { setImmediate } from 'node:timers/promises';
import { isBehindFence, type Backfill } from '../domain/backfill';
import { meterEvent } from '../domain/chunk';
import type { SegmentKey } from '../domain/segment';
import { UsageCollector } from '../domain/usage-day';
import { addUsage } from '../store/add-usage';
import { nextInPass } from '../store/backfill-events';
import { moveBackfill } from '../store/backfills';
import { addEventCounts, type CountedEvents } from '../store/event-counts';
import { lookingProfiles, type LookingProfiles } from '../store/looking-profiles';
import { eventsOf, segmentKeyOf, type SegmentDoc } from '../store/segments';

/** What counting a chunk of a backfill needs. */
export interface BackfillChunkContext {
  readonly mongo: Mongo;
  readonly nowMs: () => number;
  /** Called when everything is written and nothing committed; a test can fail or wait there. */
  readonly beforeCommit?: () => Promise<void>;
}

/**
 * Counts the next stored events of a backfill, and moves it past them, in one transaction: whoever is killed where,
 * each event is counted once. Throws StaleCursorError when the backfill is no longer where `backfill` has it.
 */
export async function backfillChunk(
  { mongo, nowMs, beforeCommit }: BackfillChunkContext,
  backfill: Backfill,
  eventCount: number,
): Promise<void> {
  const startTimeMs = nowMs();
  await inTransaction(mongo, async (session) => {
    const { db } = mongo;
    const { organisationId, eventName, position, fences } = backfill;
    const seqMax = Math.max(0, ...fences.values());
    const of = { organisationId, eventName, after: position, seqMax };
    const segments = await nextInPass(db, session, of, eventCount);
    const earlier = segments.filter((segment) => isBehindFence(segmentKeyOf(segment), fences));
    const looking = await lookingProfiles(db, session, organisationId, eventName);
    const { usage, moves } = await countSegments(earlier, looking, backfill.profiles);
    await addUsage(db, session, usage);
    await addEventCounts(db, session, 'backfills', moves);
    await beforeCommit?.();
    const last = segments.at(-1);
    await moveBackfill(db, session, backfill, {
      position: last === undefined ? position : positionAt(segmentKeyOf(last)),
      doneCount: earlier.reduce((sum, { c }) => sum + c, 0),
      complete: last === undefined,
      startTimeMs,
      moveTimeMs: nowMs(),
    });
  });
}

/** Counts the events that stand by the new profiles, and tells how that moves them from one end to another. */
async function countSegments(
  segments: readonly SegmentDoc[],
  looking: LookingProfiles,
  profiles: readonly number[],
) {
  const collector = new UsageCollector();
  const ofNew: Pick<UsageCollector, 'add'> = {
    add: (profile, ...counted) => {
      if (profiles.includes(profile.number)) collector.add(profile, ...counted);
    },
  };
  const moves: CountedEvents[] = [];
  let sincePause = 0;
  for (const segment of segments) {
    sincePause += segment.c;
    if (sincePause >= EVENTS_BETWEEN_PAUSES) {
      await setImmediate();
      sincePause = 0;
    }
    const key = segmentKeyOf(segment);
    const [earlierProfiles, laterProfiles] = [looking.at(key), looking.at(key, profiles)];
    for (const { event, withdrawn } of eventsOf(segment)) {
      if (withdrawn !== undefined) continue;
      const { organisationId, receiveTimeMs } = event;
      const earlier = meterEvent(event, earlierProfiles, NOWHERE);
      const later = meterEvent(event, laterProfiles, ofNew);
      if (earlier.state === later.state) continue;
      moves.push({ organisationId, receiveTimeMs, state: earlier.state, count: -1 });
      moves.push({ organisationId, receiveTimeMs, state: later.state, count: 1 });
    }
  }
  return { usage: collector.days(), moves };
}

/** Lanes and calls of the same process get on meanwhile. */
const EVENTS_BETWEEN_PAUSES = 200;

/** What the others count is counted already. */
const NOWHERE = { add: () => undefined };

function positionAt({ accountId, firstMs, lastMs, id }: SegmentKey): Backfill['position'] {
  return { accountId, firstMs, lastMs, id };
}
