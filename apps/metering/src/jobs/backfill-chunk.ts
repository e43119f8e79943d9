import { assert } from '@billingrails/errors';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { isBehindFence, joinOutcomes, movedStates, type Backfill } from '../domain/backfill';
import { meterEvent } from '../domain/chunk';
import { compileProfile, type CompiledProfile } from '../domain/profile';
import { UsageCollector } from '../domain/usage-day';
import { nextInPass, recordOutcomes } from '../store/backfill-events';
import { moveBackfill } from '../store/backfills';
import type { StoredEvent } from '../store/events';
import { getMeter } from '../store/meters';
import { addUniqueValues } from '../store/unique-days';
import { addUsage } from '../store/usage-days';

/**
 * Counts the next stored events of a backfill, and moves it past them, in one transaction: whoever is killed where,
 * each event is counted once. Throws StaleCursorError when the backfill is no longer where `backfill` has it.
 */
export async function backfillChunk(
  mongo: Mongo,
  backfill: Backfill,
  eventCount: number,
  beforeCommit?: () => Promise<void>,
): Promise<void> {
  await inTransaction(mongo, async (session) => {
    const { db } = mongo;
    const { organisationId, eventName, position, fences } = backfill;
    const profiles = await profilesOf(mongo, session, backfill);
    const seqMax = Math.max(0, ...fences.values());
    const events = await nextInPass(
      db,
      session,
      { organisationId, eventName, after: position, seqMax },
      eventCount,
    );
    const earlier = events.filter(({ place }) => isBehindFence(place, fences));
    const collector = new UsageCollector();
    const changes = earlier.map((stored) => {
      const added = meterEvent(stored.event, profiles, collector);
      return { stored, added, before: stored.outcome, after: joinOutcomes(stored.outcome, added) };
    });
    const usage = collector.days();
    await addUsage(db, session, usage);
    await addUniqueValues(db, session, usage);
    await recordOutcomes(db, session, changes.filter(hasChanged));
    await beforeCommit?.();
    await moveBackfill(db, session, backfill, {
      position: positionOf(events.at(-1)) ?? position,
      doneCount: earlier.length,
      complete: events.length < eventCount,
      moved: movedStates(changes),
    });
  });
}

function hasChanged({ stored, added, after }: Change): boolean {
  const decided = added.countedBy.length + added.unusableBy.length > 0;
  return decided || stored.outcome.state !== after.state;
}

interface Change {
  readonly stored: StoredEvent;
  readonly added: ReturnType<typeof meterEvent>;
  readonly after: ReturnType<typeof joinOutcomes>;
}

async function profilesOf(
  { db }: Mongo,
  session: ClientSession,
  { organisationId, meterId, profiles }: Backfill,
): Promise<CompiledProfile[]> {
  const meter = await getMeter(db, session, organisationId, meterId);
  const wanted = meter.profiles.filter(({ number }) => profiles.includes(number));
  assert(wanted.length === profiles.length, 'a backfill names profiles of its meter');
  return wanted.map(compileProfile);
}

function positionOf(last: StoredEvent | undefined): Backfill['position'] {
  if (last === undefined) return undefined;
  const { accountId, timestampMs } = last.event;
  return { accountId, timestampMs, seq: last.place.seq, index: last.place.index };
}
