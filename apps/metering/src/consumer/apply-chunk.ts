import type { OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { countOutcomes, planChunk, type ChunkPlan } from '../domain/chunk';
import type { EventCount } from '../domain/event-count';
import type { PlacedEvent } from '../domain/event';
import { segmentsOf } from '../domain/segment';
import { addUsage } from '../store/add-usage';
import { insertConflicts } from '../store/conflicts';
import type { StoredCorrection } from '../store/corrections';
import type { DefinitionsCache } from '../store/definitions-cache';
import { addEventCounts, type CountedEvents } from '../store/event-counts';
import { countEventNames } from '../store/event-names';
import { findTaken, insertEvents } from '../store/events';
import { moveCursor } from '../store/partitions';
import { quarantine } from '../store/quarantine';
import type { Chunk } from './chunks';
import {
  amendmentsOf,
  applyCorrections,
  applyWaiting,
  findWaiting,
  segmentIdsAfter,
} from './corrections';

/** What applying a chunk needs. */
export interface ApplyContext {
  readonly mongo: Mongo;
  readonly definitions: DefinitionsCache;
  /** Called when everything is written and nothing committed; a test can fail or wait there. */
  readonly beforeCommit?: (chunk: Chunk) => Promise<void>;
}

/**
 * Applies a chunk, and moves its partition's cursor from `fromSeq` past it, in one transaction: either all of it has
 * happened, or nothing. Throws StaleCursorError when the cursor is not at `fromSeq`, and DomainError when the
 * database is away or the outcome of the commit unknown; in each case the cursor tells what is true.
 */
export async function applyChunk(
  { mongo, definitions, beforeCommit }: ApplyContext,
  fromSeq: number,
  chunk: Chunk,
): Promise<void> {
  await inTransaction(mongo, async (session) => {
    const waiting = await findWaiting(mongo.db, session, chunk.partition, chunk.events);
    const plan = await decide(mongo, definitions, session, chunk, waiting);
    await write(mongo, session, chunk, plan, waiting);
    await beforeCommit?.(chunk);
    const { partition, toSeq } = chunk;
    const counts = {
      ...countOutcomes(plan.events.map(({ outcome }) => outcome)),
      duplicate: plan.duplicates.length,
      conflict: plan.conflicts.length,
      quarantined: chunk.quarantined.length,
    };
    await moveCursor(mongo.db, session, { partition, fromSeq, toSeq }, counts);
  });
}

/** Reads what the decision rests on in the transaction's snapshot: the definitions, and which keys are taken. */
async function decide(
  { db }: Mongo,
  cache: DefinitionsCache,
  session: ClientSession,
  { events }: Chunk,
  waiting: readonly StoredCorrection[],
): Promise<ChunkPlan> {
  const organisations = new Set<OrganisationId>(events.map(({ event }) => event.organisationId));
  const definitions = await cache.read(db, session, [...organisations]);
  const taken = await findTaken(db, session, events);
  return planChunk({
    events,
    taken,
    amendments: amendmentsOf(waiting),
    profilesOf: (organisationId, eventName) =>
      definitions.get(organisationId)?.profilesOf(eventName) ?? [],
  });
}

async function write(
  { db }: Mongo,
  session: ClientSession,
  chunk: Chunk,
  plan: ChunkPlan,
  waiting: readonly StoredCorrection[],
): Promise<void> {
  const segments = segmentsOf(chunk, plan.events);
  await insertEvents(db, session, segments);
  await addUsage(db, session, plan.usage);
  await countEventNames(db, session, chunk.partition, segments);
  await addEventCounts(db, session, chunk.partition, endsOf(plan));
  await insertConflicts(db, session, plan.conflicts);
  await quarantine(db, session, chunk.quarantined);
  const { partition, toSeq, corrections } = chunk;
  const nextSegmentId = segmentIdsAfter(toSeq, segments.length);
  const correcting = { db, session, partition, nextSegmentId };
  await applyWaiting(correcting, waiting);
  await applyCorrections(correcting, corrections);
}

/** What became of every event of a chunk. */
function* endsOf({ events, duplicates, conflicts }: ChunkPlan): Generator<CountedEvents> {
  for (const metered of events) yield endOf(metered, metered.outcome.state);
  for (const duplicate of duplicates) yield endOf(duplicate, 'duplicate');
  for (const conflict of conflicts) yield endOf(conflict, 'conflict');
}

function endOf({ event }: PlacedEvent, state: EventCount): CountedEvents {
  const { organisationId, receiveTimeMs } = event;
  return { organisationId, receiveTimeMs, state, count: 1 };
}
